import { TextButton } from '../../components/buttons/text-button.js';
import classes from './connection-editor.module.css';
import type { Notice } from './use-connection-form.js';
import type { EditedConnection } from './values/settings.js';

interface NoticeBoxProps {
  readonly notice: Notice;
  readonly onTakeOver: (current: EditedConnection) => void;
}

/**
 * Why saving did not work. After a conflict it shows what the other administrator changed, and offers to go on from
 * there.
 */
export function NoticeBox({ notice, onTakeOver }: NoticeBoxProps) {
  if (notice.kind === 'message') {
    return (
      <div className={classes.notice} role="alert">
        <p>{notice.text}</p>
      </div>
    );
  }
  return (
    <div className={classes.notice} role="alert">
      <div className={classes.noticeText}>
        <p>
          <strong>Somebody else changed this connection meanwhile.</strong>
          {notice.changes.length === 0 && ' Its new version has the same values.'}
        </p>
        <ul className={classes.changes}>
          {notice.changes.map((change) => (
            <li key={change.field}>
              {change.label}: {change.now}
              {change.mineStays && ' (yours stays in the form)'}
            </li>
          ))}
        </ul>
      </div>
      <TextButton onClick={() => onTakeOver(notice.current)}>Go on from there</TextButton>
    </div>
  );
}
