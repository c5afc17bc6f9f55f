package io.holdfast.server.cli;

/** What kind of end a command came to; scripts and monitors decide by it. */
public enum ExitCode {
    OK(0, "done as asked"),
    FAILED(1, "the request was understood and failed"),
    USAGE(2, "wrong usage; nothing was asked of the controller"),
    UNREACHABLE(3, "the controller could not be reached, or did not answer in time"),
    NOT_PERMITTED(4, "not authenticated, or not permitted"),
    NOT_FOUND(5, "there is no such thing"),
    CONFLICT(6, "it is in a state that does not allow this now"),
    REFUSED_FOR_SAFETY(7, "refused, because something might run twice or be lost"),
    NOT_SURVIVABLE(8, "some failure that was named would not be survived for certain");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    public String meaning() {
        return meaning;
    }
}
