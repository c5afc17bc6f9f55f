package io.holdfast.membership.health;

import io.holdfast.membership.AgentHealth;
import io.holdfast.model.PowerState;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A signal as the table asks for it, with the few values that it knows. The networks by name come on top of these. */
public enum Column {
    LEASE(Lease.class),
    NETWORKS(Networks.class),
    SLOT(Slot.class),
    GUESTS(Guests.class),
    PROBE(Probe.class),
    POWER(PowerState.class),
    /** Whether what its agent says of it holds now; the next six are what it says, and unknown unless it does. */
    HEALTH(Health.class),
    LIBVIRT(AgentHealth.Grade.class),
    STORAGE(AgentHealth.Grade.class),
    DISK(AgentHealth.Grade.class),
    MEMORY(AgentHealth.Grade.class),
    CLOCK(AgentHealth.Grade.class),
    LINK(AgentHealth.Grade.class),
    /** The word of its management controller, from which as from its agent's nothing follows but care. */
    HARDWARE(AgentHealth.Grade.class);

    /** The agent's session with the coordination service. */
    public enum Lease {
        HELD,
        /** Absent, for less than {@code lease-time}. */
        MISSING,
        /** Absent for {@code lease-time}. */
        GONE,
        /** This controller could not have seen it. */
        UNKNOWN
    }

    /** The host's places in the groups of the networks that ever showed it. */
    public enum Networks {
        /** None has lost it for {@code group-time}, and at least one shows it; or none was looked at yet. */
        ALL,
        /** At least one shows it, and at least one has lost it for {@code group-time}. */
        SOME,
        /** None shows it, for less than {@code group-time}. */
        MISSING,
        /** None shows it, for {@code group-time}. */
        NONE,
        /** None that this controller hears shows it, and there is one that it does not hear. */
        UNKNOWN
    }

    /** One network, by its name. */
    public enum Place {
        PRESENT,
        /** It had the host, and has not shown it for {@code group-time}. */
        GONE,
        /** Never had it, is not heard, or lost it just now. */
        UNKNOWN
    }

    /** The host's slot on the shared storage. */
    public enum Slot {
        BEATING,
        /** It has not changed for {@code slot-time}. */
        STILL,
        UNREADABLE,
        /** Nobody reads a slot of it, or it has just booted and the slot is as its last boot left it. */
        NONE
    }

    /** The disks of the guests whose home it is, as others see them; looked at while it is suspected or not heard. */
    public enum Guests {
        /** One of them is written: somebody there runs. */
        ACTIVE,
        /** All were looked at several times, and none was written. An idle guest writes nothing. */
        QUIET,
        /** Not looked at, not all of them seen, or looked at too long ago. */
        UNKNOWN
    }

    /** The agent's word of its own host, while its lease is held. */
    public enum Health {
        /** It is repeated, and knows something. */
        FRESH,
        /** It was not repeated, or knows nothing any more: whoever looks there has stopped looking. */
        STALE,
        /** Nothing was ever said, or this controller cannot read it. */
        UNKNOWN
    }

    /** What answers when the host is called, which is done while it is suspected or ails. */
    public enum Probe {
        /** Its supervisor answers, for {@code agent-silence}, and the agent is there. */
        ANSWERS,
        /** Somebody accepts, for {@code agent-silence}. */
        ACCEPTS,
        /** Its kernel refuses, or its supervisor says that the agent is gone. */
        REFUSED,
        /** Its kernel accepts and nobody answers, for {@code hang-time}. */
        MUTE,
        /** Nobody, for {@code probe-time}. */
        SILENT,
        /** Not called, or nothing that counts yet. */
        OPEN
    }

    // Made by Stream.toList, which nobody can change.
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> words;

    Column(Class<? extends Enum<?>> values) {
        this.words =
                Arrays.stream(values.getEnumConstants()).map(Column::written).toList();
    }

    /** The values as they are written, in order. */
    public List<String> words() {
        return words;
    }

    /** The column's name as it is written. */
    public String word() {
        return written(this);
    }

    int all() {
        return (1 << words.size()) - 1;
    }

    static String written(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static Optional<Column> named(String word) {
        return Stream.of(values()).filter(column -> column.word().equals(word)).findFirst();
    }

    /** The column of what an agent says. */
    public static Column of(AgentHealth.Aspect aspect) {
        return switch (aspect) {
            case LIBVIRT -> LIBVIRT;
            case STORAGE -> STORAGE;
            case DISK -> DISK;
            case MEMORY -> MEMORY;
            case CLOCK -> CLOCK;
            case LINK -> LINK;
        };
    }

    /** Whether it is something that an agent finds of its own host. */
    boolean isFinding() {
        return compareTo(LIBVIRT) >= 0 && compareTo(LINK) <= 0;
    }

    /** Whether it is a word about a host that lives: its agent's, or its management controller's. The last value of each is unknown. */
    boolean isWord() {
        return compareTo(HEALTH) >= 0;
    }
}
