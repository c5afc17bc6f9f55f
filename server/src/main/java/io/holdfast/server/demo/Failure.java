package io.holdfast.server.demo;

import io.holdfast.server.supervisor.core.Rules;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** What befalls the host in the story, how the story goes on, and how fast it has to. */
enum Failure {
    /** Its plug is pulled: nothing says goodbye. */
    POWER("The plug of %s is pulled", Course.MOVES),

    /** Its BMC dies, and then its plug is pulled: no power device can prove anything, and the host itself is the last fence level. */
    POWER_AND_BMC("The BMC of %1$s dies, and its plug is pulled", Course.MOVES),

    /** Everything on it stands still where it is, and its kernel goes on accepting connections. */
    HANG("%s hangs: nothing on it runs any more, and its kernel still accepts connections", Course.MOVES),

    /** Its switch port has no link. Its guests run on, so nothing may start elsewhere before it has no power. */
    ISOLATED("%s is cut off: its cable has no link, and its guests run on", Course.MOVES),

    /** Packets to it are lost, packets from it arrive. */
    DEAF("%s is deaf: what is sent to it is lost, and its guests run on", Course.MOVES),

    /** Packets from it are lost, packets to it arrive. */
    MUTE("%s is mute: what it sends is lost, and its guests run on", Course.MOVES),

    /** The agent gets SIGKILL; the supervisor starts another. */
    AGENT("The agent of %s is killed, and its guests run on", Course.STAYS),

    /** The hypervisor's daemon stands still; its agent has it started again when the controller asks for that. */
    LIBVIRTD("libvirtd of %s hangs, and its guests run on", Course.STAYS),

    /** Its management network has no link, until the host has been called degraded: nobody reaches it, and the storage network shows it. */
    NETWORK("%s loses its management network; the storage network still shows it, and its guests run on", Course.STAYS),

    /** Its cable to the shared storage has no link, until the host has been called degraded: guests run and wait for their disks. */
    STORAGE("%s is cut off from the shared storage, and its guests wait for their disks", Course.STAYS);

    /** What has to come of it. */
    enum Course {
        /** The host is proven off, and what is to be recovered automatically continues elsewhere. */
        MOVES,
        /** The host is called degraded and nothing else is done to it; every guest runs on, and so does the host. */
        STAYS
    }

    /** What an agent that was killed has to start again until its life begins to count, and more. */
    private static final Duration STARTING_LIMIT = Duration.ofSeconds(5);

    private final String chapter;
    private final Course course;

    Failure(String chapter, Course course) {
        this.chapter = chapter;
        this.course = course;
    }

    String chapter(String host) {
        return String.format(chapter, host);
    }

    Course course() {
        return course;
    }

    /** How fast the story has to go on. */
    List<Goal> goals() {
        return switch (this) {
            case POWER ->
                List.of(
                        Goal.of("told", 99, 1_000),
                        Goal.of("verdict", 99, 1_500),
                        Goal.of("firstHeartbeat", 50, 5_000),
                        Goal.of("allHeartbeats", 50, 8_000));
            case POWER_AND_BMC -> List.of(Goal.of("firstHeartbeat", 99, 15_000));
            case HANG -> List.of(Goal.of("firstHeartbeat", 99, 8_000));
            case ISOLATED, DEAF, MUTE -> List.of(Goal.of("verdict", 99, 7_000));
            case AGENT, LIBVIRTD, NETWORK, STORAGE -> List.of(Goal.of("degraded", 99, 7_000));
        };
    }

    /** Whether hosts have to fence themselves to get over it. */
    boolean needsWatchdogs() {
        return this == POWER_AND_BMC;
    }

    /**
     * How long a host is left alone before the same befalls it again. A supervisor takes an agent that dies young for one that
     * cannot live, and waits longer each time before it starts another; that is not what is measured.
     */
    Duration rest() {
        return this == AGENT ? Rules.hungAfter(Duration.ZERO).goodLife().plus(STARTING_LIMIT) : Duration.ZERO;
    }

    /** Whether the agents have to be in a group on a second network as well. */
    boolean needsStorageNetwork() {
        return this == NETWORK;
    }

    /** Whether the shared storage has to be behind a cable of each host. */
    boolean needsStorageByCable() {
        return this == STORAGE;
    }

    /** Whether it stays as it is until somebody mends it; else it is over by itself. */
    boolean lasts() {
        return course == Course.MOVES || this == STORAGE || this == NETWORK;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return word();
    }
}
