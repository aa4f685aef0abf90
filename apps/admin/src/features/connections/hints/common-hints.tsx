import { IconAlertTriangle } from '@tabler/icons-react';
import { Notice } from '../../../components/notice.js';
import { formatCount } from '../../../lib/format/count.js';
import { sentence } from '../../../lib/format/sentence.js';
import { smallIconProps } from '../../../lib/icon.js';
import type { SharedHints } from './shared-hints.js';

/** What helps more than one connection, said once above all rows. */
export function CommonHints({ counts }: Pick<SharedHints, 'counts'>) {
  return [...counts].map(([hint, count]) => (
    <Notice
      key={hint}
      tone="plain"
      icon={<IconAlertTriangle {...smallIconProps} />}
      fact={`${formatCount(count, 'connection')}:`}
      hint={sentence(hint)}
    />
  ));
}
