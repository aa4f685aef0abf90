import { In, IsNull, Not } from 'typeorm';
import type { EndpointKind } from '@intrallm/providers';
import type { Database } from '../../database/database.js';
import { Connection } from '../connection.entity.js';

/** Which URLs are linked, and as what. */
export class LinkedUrls {
  constructor(private readonly database: Database) {}

  /** Names of the connections of that kind at that URL, but for one. */
  async namesOf(wanted: { kind: EndpointKind; url: string; exceptId: string | null }): Promise<string[]> {
    const found = await this.database.read.find(Connection, {
      where: {
        kind: wanted.kind,
        url: wanted.url,
        removedAt: IsNull(),
        ...(wanted.exceptId === null ? {} : { id: Not(wanted.exceptId) }),
      },
      select: { name: true },
      order: { name: 'ASC' },
    });
    return found.map((connection) => connection.name);
  }

  /**
   * For each of the connections, the names of those of its kind that were linked to its URL before it. One statement.
   */
  async namesBefore(connections: readonly Connection[]): Promise<string[][]> {
    const urls = [...new Set(connections.map((connection) => connection.url))];
    const linked = await this.database.read.find(Connection, {
      where: { url: In(urls), removedAt: IsNull() },
      select: { id: true, kind: true, url: true, name: true, createdAt: true },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    const byPlace = new Map<string, { id: string; name: string }[]>();
    for (const { id, kind, url, name } of linked) {
      const place = `${kind} ${url}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), { id, name }]);
    }
    return connections.map(({ id, kind, url }) => {
      const here = byPlace.get(`${kind} ${url}`) ?? [];
      return here
        .slice(
          0,
          Math.max(
            0,
            here.findIndex((one) => one.id === id),
          ),
        )
        .map(({ name }) => name);
    });
  }
}
