package io.holdfast.scheduler.capacity;

/**
 * What a promise says of a change.
 *
 * @param reason for operators, with the names of instances that would be left; empty when the promise is kept
 * @param brief the same for owners of instances, who may not see those of others
 */
public record Admission(Word word, String reason, String brief) {

    /** How it is with and without the change. */
    public enum Word {
        /** The promise holds afterwards. */
        KEPT(true),
        /** The promise holds now, and would not afterwards. */
        BREAKS(false),
        /** It does not hold now, and an instance would be added to what it does not hold for. */
        STAYS_BROKEN(false),
        /** It does not hold now, and would hold less once the host is out of service. */
        WORSENS(false),
        /** It does not hold now, and a host that goes out of service changes nothing about that. */
        NO_WORSE(true);

        private final boolean admitted;

        Word(boolean admitted) {
            this.admitted = admitted;
        }
    }

    static final Admission KEPT = new Admission(Word.KEPT, "", "");

    static Admission of(Word word, Shortfall shortfall) {
        return new Admission(word, shortfall.reason(), shortfall.brief());
    }

    /** Whether it may be done where the promise is enforced. */
    public boolean admitted() {
        return word.admitted;
    }
}
