import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const key = (...names: string[]): TableColumnOptions[] =>
  names.map((name) => ({ name, type: 'text', isPrimary: true }));
const columns = (type: string, ...names: string[]): TableColumnOptions[] => names.map((name) => ({ name, type }));
const firstBytes = Array.from({ length: 25 }, (_count, index) => `firstByte${String(index)}`);

export class Usage1764200000000 implements MigrationInterface {
  readonly name = 'Usage1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'usage_total',
        columns: [
          ...key('grain'),
          { name: 'minute', type: 'integer', isPrimary: true },
          ...key('connectionId', 'model', 'userId', 'tokenId'),
          ...columns('integer', 'complete', 'upstreamErrors', 'truncated', 'clientAborts', 'rejected'),
          ...columns('bigint', 'promptTokens'),
          ...columns('integer', 'promptReports'),
          ...columns('bigint', 'completionTokens'),
          ...columns('integer', 'completionReports', 'uncounted'),
          ...columns('bigint', 'totalMs'),
          ...columns('integer', ...firstBytes),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'usage_flush',
        columns: [...key('recorderId'), ...columns('bigint', 'batch'), ...columns('text', 'at')],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('usage_flush');
    await runner.dropTable('usage_total');
  }
}
