import { Arg, Int, ID, Query, Resolver } from 'type-graphql';
import { RequireAccess } from '../auth/request-context.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { MAX_LISTED, type AuditService } from './audit.service.js';
import { AuditEntryView, AuditFilter, AuditVerification } from './audit.types.js';

@Resolver(() => AuditEntryView)
export class AuditResolver {
  constructor(private readonly audit: AuditService) {}

  @RequireAccess('AUDIT_READ')
  @Query(() => [AuditEntryView], { description: 'The audit log, newest first.' })
  async auditLog(
    @Arg('filter', () => AuditFilter, { nullable: true, description: 'Which entries; left out: all.' })
    filter: AuditFilter | null,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: 50,
      description: `How many at most, up to ${MAX_LISTED}.`,
    })
    first: number | null,
    @Arg('after', () => ID, { nullable: true, description: 'The id of the last entry seen.' }) after: string | null,
  ): Promise<AuditEntryView[]> {
    const entries = await this.audit.list(filter ?? {}, first ?? 50, after ?? null);
    return entries.map(toView);
  }

  @RequireAccess('AUDIT_READ')
  @Query(() => AuditVerification, {
    description: 'Reads the whole audit log and tells whether it is as it was written.',
  })
  verifyAuditLog(
    @Arg('expectedHeadHash', () => String, {
      nullable: true,
      description: 'A hash noted elsewhere before: it has to be in the log still, or its end was cut.',
    })
    expectedHeadHash: string | null,
  ): Promise<AuditVerification> {
    return this.audit.verify(expectedHeadHash ?? null);
  }
}

const toView = ({ seq, ...entry }: AuditEntry): AuditEntryView => ({ id: String(seq), ...entry });
