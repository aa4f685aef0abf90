import { expect, it } from '@jest/globals';
import { parseDatabaseUrl } from '../../src/config.js';
import { openTestDatabase } from '../support/database.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

describeOnEachDatabase('the migrations', (kind) => {
  it('leave nothing that the entities want otherwise, and can be undone', async () => {
    const { url, drop } = await kind.create();
    const test = await openTestDatabase({ settings: parseDatabaseUrl(url) });
    try {
      const drift = await test.database.dataSource.driver.createSchemaBuilder().log();
      expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
      await test.database.dataSource.undoLastMigration();
      expect(await test.database.dataSource.runMigrations()).toHaveLength(1);
    } finally {
      await test.close();
      await drop();
    }
  });
});
