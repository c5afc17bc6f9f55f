package io.holdfast.fencing.ipmi.core;

/**
 * Why there is no answer to what was asked, by name. Each has a line in the runbook, under the words that begin its text.
 */
public enum Trouble {
    WRONG_USER("refused login: wrong user", true),
    WRONG_PASSWORD("refused login: wrong password", true),
    /** The BMC's own key, not the user's. */
    WRONG_KEY("refused login: wrong K_g", true),
    WRONG_SUITE("refused login: wrong cipher suite", true),
    PRIVILEGE("refused: privilege", true),
    /** The device understood and would not. */
    REFUSED("refused", true),
    /** It answers, and the latest answer was that it has no time or no room. */
    BUSY("busy", false),
    /** The network says that nobody is there. */
    UNREACHABLE("unreachable", false),
    /** Nothing, or nothing more, came in time. An order may or may not have been carried out. */
    SILENT("timed out", false),
    /** Something came, and nothing that could be read. */
    GARBLED("garbled", false);

    private final String words;
    private final boolean refusal;

    Trouble(String words, boolean refusal) {
        this.words = words;
        this.refusal = refusal;
    }

    /** How every text of this trouble begins. */
    public String words() {
        return words;
    }

    /** Whether the device has said no, so that asking again is of no use and may lock the account. */
    public boolean refusal() {
        return refusal;
    }
}
