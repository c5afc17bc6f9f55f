package io.holdfast.chaos.sim;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What can go wrong in a world. Each is one word on the command line. */
public enum Fault {
    /** Datagrams are lost on the management network, a few in a hundred, for minutes. */
    MESSAGE_LOSS("some of the messages are lost"),
    /** Messages take up to half a second, so that later ones overtake earlier ones. */
    MESSAGE_DELAY("messages are late and overtake each other"),
    /** Orders and notices arrive twice, the second time up to half a minute later. */
    DUPLICATES("orders and notices arrive again, late"),
    /** One direction between two parties is cut. */
    ONE_WAY("one direction of a link is cut"),
    /** One host is cut off from everybody. */
    HOST_PARTITION("one host is cut off"),
    /** A minority of the hosts, and perhaps a controller, is cut off from the rest. */
    MINORITY_PARTITION("a minority is cut off"),
    /** Each party reaches only its neighbours in a ring. */
    RING("each reaches its neighbours only"),
    /** A host's link comes and goes every 20 s. */
    FLIP_FLOP("a link comes and goes every 20 s"),
    /** Four in five datagrams to and from a host are lost. */
    HEAVY_LOSS("80 % of a host's messages are lost"),
    /** A controller is cut off from the hosts, from ZooKeeper or from the database. */
    CONTROLLER_PARTITION("a controller is cut off"),
    /** A controller is killed and started again. */
    CONTROLLER_KILL("a controller is killed"),
    /** A controller does not run for 1 to 60 s, and then goes on as if nothing had been. */
    CONTROLLER_PAUSE("a controller is paused for 1 to 60 s"),
    /** A controller is killed again and again. */
    RESTART_STORM("a controller is killed five times in a row"),
    /** A controller's wall clock jumps by up to an hour, forth or back. */
    CLOCK_STEP("a controller's wall clock jumps"),
    /** A controller's clocks run up to 2 % too fast or too slow. */
    CLOCK_DRIFT("a controller's clocks drift"),
    /** The ZooKeeper ensemble has no quorum for a while. */
    ZOOKEEPER_QUORUM("ZooKeeper loses its quorum"),
    /** A controller's or an agent's session ends although its owner is well. */
    SESSION_EXPIRY("a ZooKeeper session ends for no reason"),
    /** The leader resigns. */
    LEADER_CHANGE("leadership changes hands"),
    /** The database is killed and comes back after seconds. */
    DATABASE_KILL("the database is killed"),
    /** The database moves to its standby: every transaction under way fails, some of them after they were stored. */
    DATABASE_FAILOVER("the database fails over"),
    /** A commit is not answered: it was stored, or it will be, seconds later. */
    COMMIT_UNKNOWN("commits whose result is unknown"),
    /** The database answers nobody for a while. */
    DATABASE_STALL("the database stalls"),
    /** The shared storage answers nobody for a while: no guest starts. */
    STORAGE_STALL("the shared storage stalls"),
    /** One host does not reach the shared storage. */
    STORAGE_PARTITION("a host is cut off from the shared storage"),
    /** A host loses its power. */
    HOST_POWER("a host loses power"),
    /** A host's kernel hangs and still answers a ping; its guests stand still and may go on. */
    KERNEL_HANG("a kernel hangs and still answers ping"),
    /** An agent dies or hangs; the guests run on. */
    AGENT_DEATH("an agent dies, its guests run on"),
    /** Guests die; the agent is well. */
    GUEST_DEATH("guests die, the agent is well"),
    /** A BMC answers nothing. */
    BMC_SILENT("a BMC is silent"),
    /** A BMC says "done" and does nothing. */
    BMC_LYING("a BMC says done and does nothing"),
    /** A BMC acts and answers seconds later, also after its caller has given up. */
    BMC_LATE("a BMC is late"),
    /** A BMC refuses our credentials. */
    BMC_CREDENTIALS("a BMC refuses our credentials"),
    /** A BMC is fed by its host's power supply, and dies with it. */
    BMC_DEAD_WITH_HOST("a BMC dies with its host"),
    /** A BMC carries the order out, and its answer is lost. */
    BMC_REPLY_LOST("a fence is done and its reply is lost"),
    /** A host that was powered off or cut off comes back in the middle of its recovery. */
    HOST_RETURNS("a host returns in the middle"),
    /** The host that an instance is being moved to dies. */
    DESTINATION_DIES("a destination dies during the evacuation"),
    /** There is hardly any room left elsewhere. */
    DESTINATION_FULL("destinations are full"),
    /** A rack's switch or a PDU takes several hosts at once. */
    RACK("a rack or a PDU fails"),
    /** Starts fail on a host that is otherwise well. */
    START_FAILS("starts fail on a host"),
    /** Owners create, delete, stop and start at the same time. */
    OWNERS("owners create, delete, stop and start"),
    /** An operator gives words, takes them back, disables and enables hosts at the same time. */
    OPERATOR("an operator acts at the same time"),
    /** Any call of any port fails now and then. */
    PORT_ERRORS("any call fails now and then"),
    /** An operator maintains hosts and the segment, disarms and arms it, confirms hosts dead, gives cases up. */
    ORDERS("an operator maintains, disarms, confirms dead and gives up at the same time"),
    /** An outlet of a PDU, or a chassis manager, is silent, lying, late, refuses our credentials or loses its answers. */
    FURTHER_DEVICE("a PDU's outlet or a chassis manager fails in one of a BMC's ways"),
    /** Of hosts with a slot: one is cut off from everybody and from the storage at once, so that its watchdog resets it. */
    CUT_OFF_ENTIRELY("a host is cut off, from the storage as well"),
    /** Of hosts with a slot: the watchdog of one is disarmed in good order, for minutes or for good. */
    WATCHDOG_DISARMED("a watchdog is disarmed"),
    /** A controller does not reach the shared storage, so that it cannot read the hosts' slots. */
    SLOTS_UNREADABLE("a controller cannot read the slots");

    private final String meaning;

    Fault(String meaning) {
        this.meaning = meaning;
    }

    /** As it is written on the command line: {@code host-power}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** For people: half a sentence. */
    public String meaning() {
        return meaning;
    }

    static Optional<Fault> of(String word) {
        return Arrays.stream(values())
                .filter(fault -> fault.word().equals(word))
                .findFirst();
    }
}
