package io.holdfast.chaos.scenario;

import io.holdfast.server.settings.Keys;
import java.util.Arrays;
import java.util.List;

/**
 * The words that may follow the moment in a line of {@code events.txt}, and what each needs.
 *
 * <p>HOSTS is one host, several with commas, {@code rack:NAME}, {@code pdu:NAME} or {@code all}. NODES is hosts, controllers
 * or both, or {@code leader}. {@code docs/scenarios.md} has the same table, and a test compares them.
 */
enum Verb {
    POWER_LOST("HOSTS", "the power is gone, and every process and guest with it"),
    POWER_BACK("HOSTS", "the power is back; the host boots, and its agent starts"),
    SHUTDOWN("HOST", "an administrator shuts it down: guests are stopped, the agent takes its leave, the power goes"),
    HANG("HOSTS", "the kernel stops scheduling; its network stack still answers, guests stand still"),
    UNHANG("HOSTS", "the kernel goes on where it was"),

    CUT(
            "NODES NETWORK [in|out|both] [with NODES]",
            "nothing passes in that direction as seen from the first nodes; both ways, and with everybody, by default"),
    HEAL("NODES NETWORK | all", "takes back cut, partition, flap and loss, of these nodes or of everything"),
    PARTITION("NETWORK NODES | NODES [| NODES]", "nothing passes between the sides; who is not named is on the first"),
    FLAP("NODES NETWORK every DURATION for DURATION", "cut for a period, whole for a period, again and again"),
    LOSS("NODES NETWORK PERCENT%", "so many of the messages are lost; 0% ends it"),
    STORAGE_STALLED("HOSTS", "reads and writes to the shared storage do not return"),
    STORAGE_BACK("HOSTS", "they return again"),

    BMC(
            "HOSTS well|silent|dies-with-host|lying|late|wrong-password|loses-replies|reads-on",
            "how its management controller behaves from now on"),
    OUTLET(
            "HOSTS well|silent|lying|late|wrong-password|loses-replies|reads-on [a|b]",
            "how its outlet at the PDU behaves from now on; of two, both, or the one of its first or second supply"),
    CHASSIS(
            "HOSTS well|silent|lying|late|wrong-password|loses-replies|reads-on",
            "how the manager of its chassis behaves from now on"),

    AGENT_KILLED("HOST", "the agent's process ends; guests run on"),
    AGENT_STARTED("HOST", "it is started again"),
    AGENT_FROZEN("HOST", "the agent's process stands still; guests run on"),
    AGENT_THAWED("HOST", "it goes on where it was"),
    WATCHDOG(
            "HOST armed|disarmed",
            "its agent is stopped in good order and started again with its watchdog, or without; it is disarmed only"
                    + " if its slot could say so"),
    LIBVIRTD_KILLED("HOST", "libvirtd's process ends; guests run on"),
    LIBVIRTD_STARTED("HOST", "it is started again"),
    GUEST_CRASHED("INSTANCE", "the guest's process dies"),
    GUEST_STOPPED("INSTANCE", "the guest shuts itself down from inside"),
    HEARTBEAT(
            "INSTANCE lost|back",
            "its guest says nothing through its heartbeat channel, in this run and in later ones, or beats again"),
    GUESTS_KILLED("HOST", "the processes of all guests die; the agent lives"),
    STARTS_FAIL("HOST TIMES|always", "so many of the next starts on this host fail; 0 ends it"),
    STOPS_FAIL("HOST TIMES|always", "so many of the next stops on this host fail; 0 ends it"),
    MIGRATIONS_FAIL(
            "INSTANCE TIMES|always", "so many of its next starts at the destination of a planned move fail; 0 ends it"),

    CONTROLLER_KILLED("CONTROLLER", "the process ends"),
    CONTROLLER_STARTED("CONTROLLER", "it is started again"),
    CONTROLLER_PAUSED("CONTROLLER DURATION", "the process stands still for so long, and goes on where it was"),
    HAND_OVER("", "the leader gives up its leadership in good order"),
    ZOOKEEPER("lost|back", "the ensemble has no quorum, or has one again"),
    DATABASE("lost|back", "the database does not answer, or does again"),

    MAINTENANCE("HOST|segment on|off", "an operator begins or ends maintenance"),
    ADVISE(
            "HOST KIND|nothing",
            "somebody outside says something of the host, `hot` or `failing-soon`, until they say nothing any more"),
    DISARM("freeze|ignore", "an operator switches recovery off: it only holds what it sees, or takes no notice of it"),
    REARM("", "an operator switches recovery on again"),
    DELETE("INSTANCE", "its owner deletes it"),
    START("INSTANCE", "its owner starts it"),
    STOP("INSTANCE", "its owner stops it"),
    MIGRATE(
            "INSTANCE [HOST]",
            "an operator asks for it to be moved off its living home: stopped there, started on HOST, or anywhere"),
    EVACUATE(
            "INSTANCE [HOST|stopped]",
            "its owner asks for it to be moved off a host that failed; with `stopped`, only its home moves"),
    SAY(
            "INSTANCE recover|leave|stopped [HOST]",
            "its consumer says what becomes of it: started elsewhere (on HOST), left down, or given a home and left"
                    + " stopped"),
    FORCE_DOWN("HOST [fenced]", "somebody's word that the host is gone; with `fenced`, that they have isolated it"),
    FORCE_DOWN_CLEARED("HOST", "that word is taken back"),
    CONFIRM_DEAD(
            "HOST [override lease|group|probe|power]...",
            "an operator confirms that the host is dead, in spite of the signals that are named"),
    RETRY("HOST|INSTANCE", "an operator asks the host's newest case, or the one about the instance, to try again now"),
    ABANDON("HOST|INSTANCE", "an operator gives the host's newest case up, or has the case leave the instance alone"),
    RELEASE("HOST", "an operator ends the host's quarantine"),
    DISABLE("HOST", "an operator takes it out of service; what runs there runs on"),
    ENABLE("HOST", "it is in service again"),

    END("", "the scenario is over; the last line, at least as late as every other");

    private final String needs;
    private final String meaning;

    Verb(String needs, String meaning) {
        this.needs = needs;
        this.meaning = meaning;
    }

    String word() {
        return Keys.kebab(this);
    }

    /** How the line is written after its moment. */
    String usage() {
        return needs.isEmpty() ? word() : word() + " " + needs;
    }

    String meaning() {
        return meaning;
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Verb::word).toList();
    }
}
