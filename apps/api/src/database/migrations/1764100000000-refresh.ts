import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

export class Refresh1764100000000 implements MigrationInterface {
  readonly name = 'Refresh1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'refresh',
        columns: [
          { name: 'id', type: 'text', isPrimary: true },
          { name: 'connectionIds', type: 'text' },
          { name: 'total', type: 'integer' },
          { name: 'done', type: 'integer' },
          { name: 'failed', type: 'integer' },
          { name: 'startedAt', type: 'text' },
          { name: 'finishedAt', type: 'text', isNullable: true },
          { name: 'cancelled', type: 'boolean' },
          { name: 'heldUntil', type: 'text' },
        ],
      }),
    );
    await runner.createIndex('refresh', new TableIndex({ name: 'refresh_started', columnNames: ['startedAt'] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('refresh');
  }
}
