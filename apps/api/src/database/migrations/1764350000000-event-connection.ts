import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** The past of one connection is read from the announcements about it. */
export class EventConnection1764350000000 implements MigrationInterface {
  readonly name = 'EventConnection1764350000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createIndex(
      'event',
      new TableIndex({ name: 'event_connection', columnNames: ['connectionId', 'seq'] }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('event', 'event_connection');
  }
}
