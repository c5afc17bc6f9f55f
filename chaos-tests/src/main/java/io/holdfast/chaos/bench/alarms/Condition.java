package io.holdfast.chaos.bench.alarms;

/** What is really the matter with a host when somebody suspects it; the worst of what was within the last two seconds. */
public enum Condition {
    /** Without power, hung, without an agent, or cut off from everybody in at least one direction: to suspect it is right. */
    FAULTY("faulty"),
    /** Its agent stood still for a moment, as in a garbage collection. */
    PAUSED("whose agent stood still"),
    /** It is one of those whose datagrams are lost, one in five in each direction. */
    LOSSY("on a lossy link"),
    /** One link of it is cut in one direction, all others are clear. */
    ONE_LINK("with one link cut"),
    /** Nothing at all is wrong with it or its links. */
    WELL("that were well");

    private final String words;

    Condition(String words) {
        this.words = words;
    }

    /** Behind "hosts". */
    public String words() {
        return words;
    }
}
