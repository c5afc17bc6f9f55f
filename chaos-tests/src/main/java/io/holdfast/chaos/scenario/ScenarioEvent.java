package io.holdfast.chaos.scenario;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can happen in a scenario, as the hardware, the owner or the operator would see it. Each has a line in {@link Verb},
 * which says how it is written.
 */
public sealed interface ScenarioEvent {

    // ---- power and kernels

    record PowerLost(List<HostId> hosts) implements ScenarioEvent {}

    record PowerBack(List<HostId> hosts) implements ScenarioEvent {}

    record ShutDown(HostId host) implements ScenarioEvent {}

    record Hung(List<HostId> hosts, boolean hung) implements ScenarioEvent {}

    // ---- networks and storage

    /**
     * @param nodes hosts, controllers, {@code zookeeper} and {@code database}; {@code leader} for whoever leads then
     * @param traffic what goes over the network that is cut
     * @param with nodes from which they are cut off; empty for everybody
     */
    record Cut(List<String> nodes, Set<Start.Traffic> traffic, Direction direction, List<String> with)
            implements ScenarioEvent {}

    record Healed(List<String> nodes, Set<Start.Traffic> traffic) implements ScenarioEvent {}

    record HealedAll() implements ScenarioEvent {}

    record Partitioned(Set<Start.Traffic> traffic, List<List<String>> sides) implements ScenarioEvent {}

    record Flapping(List<String> nodes, Set<Start.Traffic> traffic, Duration period, Duration total)
            implements ScenarioEvent {}

    record Lossy(List<String> nodes, Set<Start.Traffic> traffic, int percent) implements ScenarioEvent {}

    record StorageStalled(List<HostId> hosts, boolean stalled) implements ScenarioEvent {}

    /** As seen from the node: what it sends, what it hears, or both. */
    enum Direction {
        OUT,
        IN,
        BOTH
    }

    // ---- power devices

    record BmcBehaves(List<HostId> hosts, Bmc behaviour) implements ScenarioEvent {}

    /** @param devices which of the hosts' further devices: outlets or the manager of the chassis */
    record DeviceBehaves(List<HostId> hosts, List<Start.Level> devices, Bmc behaviour) implements ScenarioEvent {}

    /** How a management controller, or another device that is switched and read like one, behaves. */
    sealed interface Bmc {
        /** As it should. */
        record Well() implements Bmc {}

        /** Never answers, and carries out nothing. */
        record Silent() implements Bmc {}

        /** Draws its power from the host: dead when the host has none. */
        record DiesWithHost() implements Bmc {}

        /** Answers 2 to 20 s later, and carries out orders all the same. */
        record Late() implements Bmc {}

        /** Says "done", and does nothing. */
        record Lying() implements Bmc {}

        /** Refuses every login. */
        record WrongPassword() implements Bmc {}

        /** Carries out orders, and their answer is lost. */
        record LosesReplies() implements Bmc {}

        /** Reads "on" whatever is true. */
        record ReadsOn() implements Bmc {}
    }

    // ---- what runs on a host

    record Agent(HostId host, ProcessState state) implements ScenarioEvent {}

    /** Its agent is stopped in good order, and started again with or without its watchdog. */
    record Watchdog(HostId host, boolean armed) implements ScenarioEvent {}

    record Libvirtd(HostId host, boolean up) implements ScenarioEvent {}

    record GuestCrashed(String instance) implements ScenarioEvent {}

    record GuestStopped(String instance) implements ScenarioEvent {}

    /** @param lost whether its guest says nothing through its heartbeat channel from now on, in this run and in later ones */
    record Heartbeat(String instance, boolean lost) implements ScenarioEvent {}

    record GuestsKilled(HostId host) implements ScenarioEvent {}

    /** @param times how often, or {@link Integer#MAX_VALUE} for always; 0 ends it */
    record StartsFail(HostId host, int times) implements ScenarioEvent {}

    /** @param times as for starts */
    record StopsFail(HostId host, int times) implements ScenarioEvent {}

    /** What may become of a process. */
    enum ProcessState {
        KILLED,
        STARTED,
        FROZEN,
        THAWED
    }

    // ---- controllers and what they stand on

    /** @param controller its name, or {@code leader} for whoever leads then */
    record ControllerKilled(String controller) implements ScenarioEvent {}

    record ControllerStarted(String controller) implements ScenarioEvent {}

    record ControllerPaused(String controller, Duration pause) implements ScenarioEvent {}

    record HandOver() implements ScenarioEvent {}

    record ZooKeeper(boolean up) implements ScenarioEvent {}

    record Database(boolean up) implements ScenarioEvent {}

    // ---- operators and owners

    record HostMaintenance(HostId host, boolean on) implements ScenarioEvent {}

    record SegmentMaintenance(boolean on) implements ScenarioEvent {}

    /** @param kind what is said of it from now on; null for nothing */
    record Advised(HostId host, @Nullable String kind) implements ScenarioEvent {}

    record Armed(Start.Armed how) implements ScenarioEvent {}

    record Delete(String instance) implements ScenarioEvent {}

    record StartAsked(String instance) implements ScenarioEvent {}

    record StopAsked(String instance) implements ScenarioEvent {}

    /** @param stopped whether only its home shall move */
    record Evacuate(String instance, @Nullable HostId to, boolean stopped) implements ScenarioEvent {}

    /** @param to the one host that is named, or null */
    record Say(String instance, SayAnswer answer, @Nullable HostId to) implements ScenarioEvent {}

    /** Of the planned moves of one instance, wherever they lead. */
    record MigrationsFail(String instance, int times) implements ScenarioEvent {}

    record Migrate(String instance, @Nullable HostId to) implements ScenarioEvent {}

    record ForceDown(HostId host, boolean fenced) implements ScenarioEvent {}

    record ForceDownCleared(HostId host) implements ScenarioEvent {}

    /** @param overrides signals that say the host lives and that the operator has explained */
    record ConfirmDead(HostId host, Set<String> overrides) implements ScenarioEvent {}

    record Retry(HostId host) implements ScenarioEvent {}

    record RetryInstance(String instance) implements ScenarioEvent {}

    record Abandon(HostId host) implements ScenarioEvent {}

    record AbandonInstance(String instance) implements ScenarioEvent {}

    record Release(HostId host) implements ScenarioEvent {}

    record Enabled(HostId host, boolean enabled) implements ScenarioEvent {}

    // ---- the end

    record End() implements ScenarioEvent {}
}
