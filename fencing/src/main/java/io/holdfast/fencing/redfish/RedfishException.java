package io.holdfast.fencing.redfish;

/** A conversation that ended in trouble. Carries no cause and no stack: what the world does is told in one line. */
final class RedfishException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Trouble trouble;

    /** @param detail without a secret; it is shown to people */
    RedfishException(Trouble trouble, String detail) {
        super(trouble.word() + ": " + detail, null, false, false);
        this.trouble = trouble;
    }

    Trouble trouble() {
        return trouble;
    }

    /** The line for people. */
    String line() {
        return String.valueOf(getMessage());
    }
}
