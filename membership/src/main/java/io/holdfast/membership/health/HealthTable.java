package io.holdfast.membership.health;

import static io.holdfast.membership.health.Reaction.FENCE;
import static io.holdfast.membership.health.Reaction.RESTART_LIBVIRTD;
import static io.holdfast.membership.health.Reaction.STOP_PLACING;
import static io.holdfast.membership.health.Reaction.TELL;

import io.holdfast.membership.Network;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rows in order; the first that matches decides. Checked when it is made: every row can be reached, every reading has a row, and no
 * row has a host fenced that shows that it lives.
 */
public final class HealthTable {

    private final List<HealthRow> rows;
    private final List<Box> boxes;

    /** @throws IllegalArgumentException if the table is not sound; names each row that is wrong, and says what to do */
    public HealthTable(List<HealthRow> rows) {
        this.rows = List.copyOf(rows);
        this.boxes = rows.stream().map(row -> When.parse(row.when())).toList();
        List<String> problems = TableCheck.problems(rows, boxes);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("membership.health: " + String.join("; ", problems));
        }
    }

    public List<HealthRow> rows() {
        return rows;
    }

    /**
     * A network that nobody has is never lost, and a row that waits for that would sleep for ever.
     *
     * @throws IllegalArgumentException if a row names another network; says which
     */
    public void requireOnly(Set<Network> known) {
        for (int i = 0; i < boxes.size(); i++) {
            for (Network network : boxes.get(i).networks()) {
                if (!known.contains(network)) {
                    throw new IllegalArgumentException("membership.health: row '"
                            + rows.get(i).name() + "' names network '" + network
                            + "', which membership.networks does not have (there are "
                            + known.stream().map(Network::name).collect(Collectors.joining(", "))
                            + "); add it there, or take it out of the row");
                }
            }
        }
    }

    /** The row for a reading. There always is one. */
    public HealthRow rowFor(Reading reading) {
        long bits = Box.bits(reading);
        for (int i = 0; i < boxes.size(); i++) {
            if (boxes.get(i).contains(bits, reading)) {
                return rows.get(i);
            }
        }
        throw new IllegalStateException("a reading that no signals can give: " + reading);
    }

    /** What holds where a deployment says nothing else. */
    public static HealthTable defaults() {
        return new HealthTable(DEFAULT_ROWS);
    }

    /** In the order of {@link #defaults}: power first, then what the agent of a host that is heard says, then who is not heard. */
    private static final List<HealthRow> DEFAULT_ROWS = List.of(
            lost(
                    "power-off",
                    "networks missing|none|unknown, power off",
                    "power reads off, and its signals are missing"),
            degraded(
                    "storage-bad",
                    "lease held, networks all|some, storage bad",
                    "its agent cannot write the shared storage",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "slot-still",
                    "lease held, networks all|some, slot still",
                    "its slot on the shared storage stands still, though its agent renews its lease",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "libvirt-bad",
                    "lease held, networks all|some, libvirt bad",
                    "its hypervisor's daemon does not answer",
                    TELL,
                    STOP_PLACING,
                    RESTART_LIBVIRTD),
            degraded(
                    "network-lost",
                    // Without contact to ZooKeeper a controller cannot say that the lease is not renewed.
                    "lease held|unknown, networks some",
                    "one of its networks has lost it, and another shows it",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "out-of-reach",
                    "networks some",
                    "it does not renew its lease, and one of its networks has lost it, but another shows it",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "link-bad",
                    "lease held, networks all, link bad",
                    "one of its network cards has no link",
                    TELL,
                    STOP_PLACING),
            degraded("disk-full", "lease held, networks all, disk bad", "its own disk is full", TELL, STOP_PLACING),
            degraded("memory-short", "lease held, networks all, memory bad", "its memory is short", TELL, STOP_PLACING),
            degraded(
                    "hardware-bad",
                    "lease held, networks all, hardware bad",
                    "its management controller says that its hardware fails",
                    TELL,
                    STOP_PLACING),
            degraded("clock-bad", "lease held, networks all, clock bad", "its clock jumps or is off", TELL),
            // Placing goes on: one defect of the agent's probes would make all hosts look so, and recovery needs them.
            degraded(
                    "health-stale",
                    "lease held, networks all, health stale",
                    "its agent renews its lease, and has stopped saying how the host is",
                    TELL),
            new HealthRow("well", "lease held, networks all", HealthState.ALIVE, List.of(), "all is well"),
            degraded(
                    "agent-down",
                    "probe refused",
                    "the agent is not running; the host's kernel answers",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "out-of-group",
                    "lease held, probe answers|accepts",
                    "the agent holds its lease and accepts connections, but is not in the group",
                    TELL),
            degraded(
                    "agent-hung",
                    "probe answers",
                    "the agent is silent (hung); its supervisor answers, so the host lives",
                    TELL,
                    STOP_PLACING),
            degraded(
                    "agent-silent",
                    "probe accepts",
                    "the host accepts connections, but its agent is silent (hung or frozen)",
                    TELL,
                    STOP_PLACING),
            new HealthRow(
                    "isolated",
                    "lease gone, networks none, probe silent, slot beating",
                    HealthState.ISOLATED,
                    List.of(TELL, STOP_PLACING, FENCE),
                    "isolated: no network reaches it, and its slot on the shared storage beats"),
            new HealthRow(
                    "isolated-guests",
                    "lease gone, networks none, probe silent, guests active",
                    HealthState.ISOLATED,
                    List.of(TELL, STOP_PLACING, FENCE),
                    "isolated: no network reaches it, and its guests write their disks"),
            degraded(
                    "mute-but-writing",
                    "lease gone, networks none, probe mute, slot beating",
                    "none of its processes answers, but its slot on the shared storage beats: it lives in part",
                    TELL,
                    STOP_PLACING),
            lost(
                    "hung",
                    "lease gone, networks none, probe mute",
                    "hung: its kernel accepts connections and none of its processes answers;"
                            + " lease and group are silent past their times"),
            lost(
                    "silent",
                    "lease gone, networks none, probe silent",
                    "lease, group and probe agree: silent past their times"),
            new HealthRow(
                    "suspected",
                    When.ANYTHING,
                    HealthState.SUSPECTED,
                    List.of(TELL, STOP_PLACING),
                    "a signal is missing"));

    private static HealthRow degraded(String name, String when, String says, Reaction... reactions) {
        return new HealthRow(name, when, HealthState.DEGRADED, List.of(reactions), says);
    }

    private static HealthRow lost(String name, String when, String says) {
        return new HealthRow(name, when, HealthState.LOST, List.of(TELL, STOP_PLACING, FENCE), says);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HealthTable table && rows.equals(table.rows);
    }

    @Override
    public int hashCode() {
        return rows.hashCode();
    }

    @Override
    public String toString() {
        return rows.toString();
    }
}
