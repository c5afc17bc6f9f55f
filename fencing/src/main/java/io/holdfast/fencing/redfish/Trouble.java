package io.holdfast.fencing.redfish;

/** Every way in which a conversation can end without what was wanted. The runbook has a line for each word. */
enum Trouble {
    /** 401: the user, or the password. */
    REFUSED_LOGIN("refused login", true),
    /** 403: known, and not allowed. */
    FORBIDDEN("forbidden", true),
    /** Its certificate is not the one, or nobody we believe has signed it. */
    NOT_TRUSTED("not trusted", true),
    /** No such Redfish service at this address. */
    NO_SERVICE("no Redfish service", true),
    /** None that fits, or several and no word which. */
    NO_SYSTEM("no such system", true),
    /** It answered, and would not. */
    REFUSED("refused", true),
    /** The system has no way to do what was ordered. */
    NOT_OFFERED("not offered", true),
    /** It sends us elsewhere, where our secrets do not go. */
    REDIRECT("redirect", true),
    /** 503 or 429: not now. */
    BUSY("busy", false),
    /** 5xx: it failed, before or after doing what it was told. */
    FAULTY("faulty", false),
    /** Not what the standard says. */
    GARBLED("garbled", false),
    /** More than anybody needs to say "on". */
    TOO_LARGE("too large", false),
    /** No connection, or none that lasts. */
    UNREACHABLE("unreachable", false),
    /** The deadline. */
    TIMED_OUT("timed out", false),
    /** The caller does not want to know any more. */
    INTERRUPTED("interrupted", false);

    private final String word;
    private final boolean refusal;

    Trouble(String word, boolean refusal) {
        this.word = word;
        this.refusal = refusal;
    }

    /** What its message begins with. */
    String word() {
        return word;
    }

    /**
     * Whether asking again is useless: somebody has to correct something first. The others may pass, and an order may have
     * been carried out.
     */
    boolean isRefusal() {
        return refusal;
    }
}
