import classes from './brand.module.css';

/** The sign and the name. */
export function Brand() {
  return (
    <div className={classes.brand}>
      <span className={classes.sign} aria-hidden />
      IntraLLM
    </div>
  );
}
