package io.holdfast.fencing.agents.core;

/** What can go wrong with an agent, by name. Each has a line in the runbook under "What a fence agent says". */
public enum AgentTrouble {
    NOT_STARTED("cannot be started", true),
    NOT_RUNNABLE("is no program that runs here", true),
    KILLED_AT_DEADLINE("did not end in time and was killed", false),
    INTERRUPTED("was stopped before it had an answer", false),
    ENDED_BY_SIGNAL("crashed", false),
    TOO_MUCH_OUTPUT("wrote more than is read", false),
    CANNOT_LOG_IN("refused login, or nobody there", true),
    NO_PASSWORD("wants a password and was given none", true),
    NO_PRIVILEGE("the user may not do this", true),
    NO_SUCH_PLUG("no status of that plug", true),
    UNREACHABLE("the device cannot be reached", false),
    DEVICE_TIMED_OUT("the device did not answer in time", false),
    CONNECTION_LOST("the connection was lost", false),
    STILL_ON("the host kept its power", false),
    WRONG_USE("does not take these options", true),
    CONTRADICTION("says two things at once", false),
    FAILED("failed", false);

    private final String said;
    private final boolean refusal;

    AgentTrouble(String said, boolean refusal) {
        this.said = said;
        this.refusal = refusal;
    }

    /** For people. */
    public String said() {
        return said;
    }

    /**
     * Whether it is certain that an order went nowhere, so that it makes no sense to give it again: a wrong password that
     * is tried often locks the account. Of all others the order may have been carried out.
     */
    public boolean refusal() {
        return refusal;
    }
}
