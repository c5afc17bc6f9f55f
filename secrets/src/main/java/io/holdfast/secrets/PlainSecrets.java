package io.holdfast.secrets;

/** What is done about a secret that lies in its file as it is. */
public enum PlainSecrets {
    ALLOW,
    /** It is used, and a line in the log says once per start and file that it is plain. */
    WARN,
    /** It is not used; who needs it does not start. */
    REFUSE
}
