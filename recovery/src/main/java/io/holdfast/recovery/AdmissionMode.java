package io.holdfast.recovery;

/** What is done about a change that leaves a promise of capacity broken. */
public enum AdmissionMode {
    /** It is done, and nothing is surveyed before. */
    OFF,
    /** It is done, and operators are told. */
    WARN,
    /** It is refused. */
    ENFORCE
}
