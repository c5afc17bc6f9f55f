package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.recovery.core.Situation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what the guards are told: the store's hosts and orders, the engine's open cases and suspicions, and what
 * happened lately.
 *
 * <p>Belongs to the engine's owner thread, like the cases it looks at.
 */
final class GuardDesk {

    /** The lines of timelines that the guards look back at. */
    static final Set<String> MARKS = Set.of(
            "suspected",
            "power-read-off",
            "condemned",
            "held",
            "fence-sent",
            "fence-proven",
            "force-down-asked",
            "confirmed-dead");

    /**
     * Membership reads the power of a condemned host every five seconds. What was read three readings ago says nothing:
     * somebody may have switched the host on since. A device that answers seldom holds its case a little longer.
     */
    private static final Duration OFF_COUNTS_FOR = Duration.ofSeconds(15);

    private final Function<HostId, @Nullable CaseState> openCase;
    private final Function<HostId, @Nullable Instant> suspectedSince;
    private final Supplier<String> observerDoubt;

    /** When power was last read off. Soft: a new leader waits for its own reading. */
    private final Map<HostId, Instant> off = new HashMap<>();

    /** Read from the journal by a new leader, then kept up with each line. */
    private List<CaseJournal.Mark> marks = new ArrayList<>();

    GuardDesk(
            Function<HostId, @Nullable CaseState> openCase,
            Function<HostId, @Nullable Instant> suspectedSince,
            Supplier<String> observerDoubt) {
        this.openCase = openCase;
        this.suspectedSince = suspectedSince;
        this.observerDoubt = observerDoubt;
    }

    /** The store's part of what the guards are told. */
    record Surroundings(List<ComputeHost> hosts, SegmentOrders orders) {}

    /** What is known of the host that the guards are asked about. */
    record Silence(Instant since, boolean powerOff, boolean word) {}

    void recall(List<CaseJournal.Mark> lately) {
        marks = new ArrayList<>(lately);
    }

    void remember(CaseStep step) {
        for (CaseStep.Line line : step.lines()) {
            if (MARKS.contains(line.kind())) {
                marks.add(new CaseJournal.Mark(
                        step.next().id(), step.next().host(), line.at(), line.kind(), line.text()));
            }
        }
    }

    void readsOff(HostId host, Instant at) {
        off.put(host, at);
    }

    /** Whether the power of the host was read off just now: evidence that passes guards. */
    boolean isOffNow(HostId host, Instant now) {
        Instant read = off.get(host);
        return read != null && now.isBefore(read.plus(OFF_COUNTS_FOR));
    }

    void forgetBefore(Instant old) {
        marks.removeIf(mark -> mark.at().isBefore(old));
        off.values().removeIf(at -> at.isBefore(old));
    }

    /**
     * @param open cases of the segment that are open and not held, this host's not included
     * @param assumedSilent hosts that are taken for silent since the same moment
     */
    Situation situation(
            ComputeHost row, Silence silence, Surroundings around, int open, Set<HostId> assumedSilent, Instant now) {
        List<Situation.Neighbour> neighbours = new ArrayList<>();
        List<HostId> out = new ArrayList<>();
        for (ComputeHost other : around.hosts()) {
            if (other.id().equals(row.id())) {
                continue;
            }
            CaseState theirs = openCase.apply(other.id());
            if (theirs == null && (other.state() == HostState.CONDEMNED || other.state() == HostState.FENCED)) {
                out.add(other.id());
                Instant since = lostSince(other.id());
                if (since != null) {
                    neighbours.add(new Situation.Neighbour(other.id(), other.domains(), since, true));
                }
            } else {
                Instant since = assumedSilent.contains(other.id()) ? silence.since() : silentSince(other.id(), theirs);
                neighbours.add(new Situation.Neighbour(other.id(), other.domains(), since, false));
            }
        }
        return new Situation(
                row.id(),
                now,
                silence.since(),
                silence.powerOff(),
                silence.word(),
                around.orders(),
                row.maintenance(),
                row.domains(),
                around.hosts().size(),
                open,
                neighbours,
                observerDoubt.get(),
                history(row.id(), out));
    }

    /**
     * When a host that is out, and whose case is closed, was first missed; null when that is long ago, or when its power
     * explained it.
     */
    private @Nullable Instant lostSince(HostId host) {
        CaseId newest = null;
        for (CaseJournal.Mark mark : marks) {
            newest = mark.host().equals(host) ? mark.caseId() : newest;
        }
        Instant since = null;
        for (CaseJournal.Mark mark : marks) {
            if (mark.caseId().equals(newest)) {
                if (mark.kind().equals("power-read-off")) {
                    return null;
                }
                since = since == null || mark.at().isBefore(since) ? mark.at() : since;
            }
        }
        return since;
    }

    /**
     * Null when the host is there, or when its power explains why not. A word explains nothing: whoever says that a host is
     * dead has not said what became of the switch that it shares with others.
     */
    private @Nullable Instant silentSince(HostId host, @Nullable CaseState state) {
        if (state != null) {
            if (state.powerReadOff() || state.returnedAt() != null) {
                return null;
            }
            return state.suspectedAt() == null ? state.openedAt() : state.suspectedAt();
        }
        return suspectedSince.apply(host);
    }

    /**
     * Who counts as gone: whoever is out, and whoever was fenced although it had power, also when it has booted since. That it
     * is back only shows that it was well: a storm of wrong conclusions looks like that.
     */
    private Situation.History history(HostId asked, List<HostId> out) {
        Map<CaseId, Instant> fences = new LinkedHashMap<>();
        Map<CaseId, Instant> holds = new LinkedHashMap<>();
        Map<HostId, Instant> gone = new LinkedHashMap<>();
        Set<CaseId> shot = shot();
        for (CaseJournal.Mark mark : marks) {
            if (mark.kind().equals("fence-sent")) {
                fences.putIfAbsent(mark.caseId(), mark.at());
            } else if (mark.kind().equals("condemned") && !mark.host().equals(asked)) {
                // Open cases are counted by themselves.
                boolean shotAndBack = shot.contains(mark.caseId()) && openCase.apply(mark.host()) == null;
                if (out.contains(mark.host()) || shotAndBack) {
                    gone.merge(mark.host(), mark.at(), (a, b) -> a.isAfter(b) ? a : b);
                }
            } else if (mark.kind().equals("held") && Guards.isStorm(mark.text())) {
                holds.putIfAbsent(mark.caseId(), mark.at());
            }
        }
        return new Situation.History(
                List.copyOf(fences.values()), List.copyOf(holds.values()), List.copyOf(gone.values()));
    }

    /** Cases that ended in a fence, whose host had power until we took it away. */
    private Set<CaseId> shot() {
        Set<CaseId> dark = new HashSet<>();
        Set<CaseId> ordered = new HashSet<>();
        Set<CaseId> proven = new HashSet<>();
        for (CaseJournal.Mark mark : marks) {
            switch (mark.kind()) {
                case "fence-sent" -> ordered.add(mark.caseId());
                case "fence-proven" -> proven.add(mark.caseId());
                case "power-read-off" -> {
                    if (!ordered.contains(mark.caseId())) {
                        dark.add(mark.caseId());
                    }
                }
                default -> {}
            }
        }
        proven.removeAll(dark);
        return proven;
    }

    /** When the host was condemned lately; not when somebody's word did it. */
    List<Instant> failures(HostId host) {
        Set<CaseId> words = new HashSet<>();
        Map<CaseId, Instant> failures = new LinkedHashMap<>();
        for (CaseJournal.Mark mark : marks) {
            if (mark.host().equals(host) && mark.kind().equals("condemned")) {
                failures.putIfAbsent(mark.caseId(), mark.at());
            } else if (mark.kind().equals("force-down-asked") || mark.kind().equals("confirmed-dead")) {
                words.add(mark.caseId());
            }
        }
        failures.keySet().removeAll(words);
        return List.copyOf(failures.values());
    }
}
