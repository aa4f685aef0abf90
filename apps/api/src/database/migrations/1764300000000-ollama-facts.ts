import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What callers may ask of an Ollama instance, and what it tells of a model's file. */
export class OllamaFacts1764300000000 implements MigrationInterface {
  readonly name = 'OllamaFacts1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn(
      'connection',
      new TableColumn({ name: 'allowKeepAlive', type: 'boolean', default: 'false' }),
    );
    await runner.changeColumn(
      'connection',
      'allowKeepAlive',
      new TableColumn({ name: 'allowKeepAlive', type: 'boolean' }),
    );
    await runner.addColumn(
      'connection',
      new TableColumn({ name: 'maxContextLength', type: 'integer', isNullable: true }),
    );
    // Written out: the migration API makes the whole table anew on SQLite, which takes long and loses an index.
    await runner.query('ALTER TABLE "model" ADD COLUMN "file" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "model" DROP COLUMN "file"');
    await runner.dropColumn('connection', 'maxContextLength');
    await runner.dropColumn('connection', 'allowKeepAlive');
  }
}
