package io.holdfast.membership.health;

import static io.holdfast.membership.health.Column.GUESTS;
import static io.holdfast.membership.health.Column.HARDWARE;
import static io.holdfast.membership.health.Column.HEALTH;
import static io.holdfast.membership.health.Column.LEASE;
import static io.holdfast.membership.health.Column.NETWORKS;
import static io.holdfast.membership.health.Column.POWER;
import static io.holdfast.membership.health.Column.PROBE;
import static io.holdfast.membership.health.Column.SLOT;

import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.membership.Network;
import io.holdfast.membership.health.Column.Guests;
import io.holdfast.membership.health.Column.Health;
import io.holdfast.membership.health.Column.Lease;
import io.holdfast.membership.health.Column.Networks;
import io.holdfast.membership.health.Column.Place;
import io.holdfast.membership.health.Column.Probe;
import io.holdfast.membership.health.Column.Slot;
import io.holdfast.model.PowerState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a table is sound. Exact over every reading that signals can give: what each row takes is cut out of what the rows above it
 * have left.
 */
final class TableCheck {

    /** More would not be a table that anybody reads. */
    private static final int ROWS_LIMIT = 60;

    private static final Box SHOWN = Box.all().with(NETWORKS, Networks.ALL, Networks.SOME);
    private static final Box HEARD = SHOWN.with(LEASE, Lease.HELD);

    /** Power that reads off, of a host that no group shows. */
    private static final Box OFF = Box.all()
            .with(NETWORKS, Networks.MISSING, Networks.NONE, Networks.UNKNOWN)
            .with(POWER, PowerState.OFF);

    /** Every path to the host is silent past its time. */
    private static final Box SILENT =
            Box.all().with(LEASE, Lease.GONE).with(NETWORKS, Networks.NONE).with(PROBE, Probe.SILENT, Probe.MUTE);

    /** Somebody on the host writes the shared storage: its agent, or a guest. */
    private static final List<Box> WRITES =
            List.of(Box.all().with(SLOT, Slot.BEATING), Box.all().with(GUESTS, Guests.ACTIVE));

    private static final Box CALLED = Box.all().with(PROBE, Probe.ANSWERS, Probe.ACCEPTS, Probe.REFUSED, Probe.MUTE);

    private final List<HealthRow> rows;
    private final List<Box> boxes;
    private final List<String> problems = new ArrayList<>();

    private TableCheck(List<HealthRow> rows, List<Box> boxes) {
        this.rows = rows;
        this.boxes = boxes;
    }

    /** What is wrong with it, and what to do; empty for a sound table. */
    static List<String> problems(List<HealthRow> rows, List<Box> boxes) {
        TableCheck check = new TableCheck(rows, boxes);
        check.names();
        if (check.problems.isEmpty()) {
            check.walk();
        }
        return check.problems;
    }

    /** Every reading that signals can give. */
    static List<Box> possible(List<Box> boxes) {
        Set<Network> named = new HashSet<>();
        boxes.forEach(box -> box.networks().forEach(named::add));
        Box told = Box.all().with(LEASE, Lease.HELD).with(HEALTH, Health.FRESH);
        Box untold = Box.all().with(LEASE, Lease.HELD).with(HEALTH, Health.STALE, Health.UNKNOWN);
        Box notHeld = Box.all()
                .with(LEASE, Lease.MISSING, Lease.GONE, Lease.UNKNOWN)
                .with(HEALTH, Health.UNKNOWN)
                .with(HARDWARE, Grade.UNKNOWN);
        for (Column column : Column.values()) {
            if (column.isFinding()) {
                // What is not said any more is not known any more.
                untold = untold.with(column, Grade.UNKNOWN);
                // An agent whose lease is not held is not believed to know how its host is now.
                notHeld = notHeld.with(column, Grade.UNKNOWN);
            }
        }
        Box all = Box.all().with(NETWORKS, Networks.ALL);
        Box some = Box.all().with(NETWORKS, Networks.SOME);
        Box none = Box.all().with(NETWORKS, Networks.MISSING, Networks.NONE, Networks.UNKNOWN);
        for (Network network : named) {
            all = all.with(network, Box.mask(Place.PRESENT, Place.UNKNOWN));
            none = none.with(network, Box.mask(Place.GONE, Place.UNKNOWN));
        }
        List<Box> possible = new ArrayList<>();
        for (Box networks : List.of(all, some, none)) {
            possible.add(told.and(networks));
            possible.add(untold.and(networks));
            possible.add(notHeld.and(networks));
        }
        return possible;
    }

    private void names() {
        if (rows.isEmpty() || rows.size() > ROWS_LIMIT) {
            problems.add("a table has 1 to " + ROWS_LIMIT + " rows, not " + rows.size()
                    + "; leave the setting out for the default table");
        }
        Set<String> seen = new HashSet<>();
        rows.stream()
                .filter(row -> !seen.add(row.name()))
                .forEach(row -> problems.add("two rows are called '" + row.name() + "'; rename one"));
    }

    /** For each row the readings for which it is the first; and at the end those for which there is none. */
    static List<List<Box>> shares(List<Box> possible, List<Box> boxes) {
        List<List<Box>> shares = new ArrayList<>();
        List<Box> left = possible;
        for (Box box : boxes) {
            shares.add(Box.and(left, box));
            left = Box.without(left, box);
        }
        shares.add(left);
        return shares;
    }

    private void walk() {
        List<Box> possible = possible(boxes);
        List<List<Box>> shares = shares(possible, boxes);
        for (int i = 0; i < rows.size(); i++) {
            if (shares.get(i).isEmpty()) {
                unreachable(i, possible);
            } else {
                judge(rows.get(i), shares.get(i));
            }
        }
        if (!shares.getLast().isEmpty()) {
            problems.add("no row is for " + shares.getLast().getFirst().example()
                    + "; add a row for it, or end the table with one for 'anything'");
        }
    }

    private void unreachable(int at, List<Box> possible) {
        String name = rows.get(at).name();
        if (Box.and(possible, boxes.get(at)).isEmpty()) {
            problems.add(
                    "row '" + name + "' can never be reached: signals cannot be so together (an agent is believed only"
                            + " while its lease is held and its word is fresh, and a network by name agrees with 'networks');"
                            + " remove it or correct its 'when'");
            return;
        }
        List<String> above = new ArrayList<>();
        for (int i = 0; i < at; i++) {
            if (!Box.and(Box.and(possible, boxes.get(at)), boxes.get(i)).isEmpty()) {
                above.add("'" + rows.get(i).name() + "'");
            }
        }
        problems.add("row '" + name + "' can never be reached: rows above it take all that it is for ("
                + String.join(", ", above) + "); move it up, or remove it");
    }

    /** @param taken the readings for which it is the first row */
    private void judge(HealthRow row, List<Box> taken) {
        if (row.fences()) {
            refuse(
                    row,
                    Box.without(Box.without(taken, OFF), SILENT),
                    "would have a host fenced that nothing shows to be dead",
                    "a fence needs power off while no network shows the host, or lease gone, networks none and probe"
                            + " silent|mute; a living host is fenced by a human's force-down alone");
        }
        switch (row.state()) {
            case ALIVE ->
                refuse(
                        row,
                        Box.without(taken, HEARD),
                        "calls a host alive that is not heard",
                        "alive needs lease held and networks all|some");
            case SUSPECTED ->
                refuse(
                        row,
                        Box.and(taken, HEARD),
                        "suspects a host that is heard",
                        "where lease is held and networks are all or some, call it alive or degraded");
            case ISOLATED ->
                refuse(
                        row,
                        withoutWriters(taken, SILENT),
                        "calls a host isolated of which that is not known",
                        "isolated needs lease gone, networks none, probe silent|mute, and slot beating or guests"
                                + " active");
            case DEGRADED -> {
                List<Box> dumb = withoutWriters(Box.without(Box.without(taken, SHOWN), CALLED), Box.all());
                refuse(
                        row,
                        dumb,
                        "calls a host degraded that shows no sign of life, so that nobody would ever look for it",
                        "degraded needs that a network shows it (networks all|some), probe"
                                + " answers|accepts|refused|mute, slot beating, or guests active");
            }
            case LOST -> {}
        }
        if (row.has(Reaction.RESTART_LIBVIRTD) || row.has(Reaction.DRAIN)) {
            refuse(
                    row,
                    Box.without(taken, Box.all().with(LEASE, Lease.HELD)),
                    "gives an order to an agent that cannot take one",
                    "'restart-libvirtd' and 'drain' need lease held");
        }
    }

    /** What is left without those that are in the box and show that somebody there writes. */
    private static List<Box> withoutWriters(List<Box> boxes, Box where) {
        List<Box> left = boxes;
        for (Box writes : WRITES) {
            left = Box.without(left, where.and(writes));
        }
        return left;
    }

    private void refuse(HealthRow row, List<Box> wrong, String what, String rule) {
        Optional<Box> first = wrong.stream().findFirst();
        first.ifPresent(box -> problems.add(
                "row '" + row.name() + "' " + what + ", for example at: " + box.example() + " (" + rule + ")"));
    }
}
