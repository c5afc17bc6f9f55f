package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One instance on its way from a living home to another host: the whole state of {@link PlannedMoveMachine}.
 *
 * @param origin the home that it had when it began
 * @param at its home now, as far as this move knows
 * @param generation at that home
 * @param only the one host that somebody wants, or null for the scheduler's choice
 * @param followed whether somebody else has moved its guest to {@code only}, and the books follow
 * @param failback whether nobody asked, and it goes back to the home that it once lost
 * @param by who asked
 * @param relocateLimit hosts that are tried before it goes back, 1 to 20
 * @param tried hosts that refused it or could not start it
 * @param disturbed whether a home was ever told to stop it; before that nothing has to be undone
 * @param told whether a human was called
 * @param seq of the last line or notice
 */
public record PlannedMove(
        UUID id,
        SegmentId segment,
        InstanceId instance,
        String name,
        ProjectId project,
        HostId origin,
        HostId at,
        Generation generation,
        @Nullable HostId only,
        boolean followed,
        boolean failback,
        String by,
        int relocateLimit,
        Instant openedAt,
        PlannedStage stage,
        List<HostId> tried,
        boolean disturbed,
        boolean told,
        List<Line> lines,
        long seq) {

    /** Lines of a move that goes wrong again and again would fill the journal with nothing new. */
    private static final int LINES_KEPT = 50;

    public PlannedMove {
        tried = List.copyOf(tried);
        lines = List.copyOf(lines);
    }

    /** What happened, for people. */
    public record Line(Instant at, String kind, String text) {}

    /** As it begins: to be planned. */
    static PlannedMove of(
            UUID id,
            SegmentId segment,
            Instance instance,
            HostId home,
            @Nullable HostId only,
            boolean followed,
            boolean failback,
            String by,
            int relocateLimit,
            Instant now) {
        return new PlannedMove(
                id,
                segment,
                instance.id(),
                instance.name(),
                instance.project(),
                home,
                home,
                instance.generation(),
                only,
                followed,
                failback,
                by,
                relocateLimit,
                now,
                new PlannedStage.Planning(),
                List.of(),
                false,
                false,
                List.of(),
                0);
    }

    public boolean settled() {
        return stage instanceof PlannedStage.Settled;
    }

    boolean isHome() {
        return at.equals(origin);
    }

    /** Whether its guest is where somebody else has moved it, and its home in the books is not. */
    boolean isFollowing() {
        return followed && isHome() && !tried.contains(only);
    }

    PlannedMove in(PlannedStage next) {
        return with(at, generation, next, tried, disturbed, told, lines, seq);
    }

    PlannedMove at(HostId home, Generation newer) {
        return with(home, newer, stage, tried, disturbed, told, lines, seq);
    }

    PlannedMove trying(List<HostId> hosts) {
        return with(at, generation, stage, hosts, disturbed, told, lines, seq);
    }

    PlannedMove asDisturbed() {
        return with(at, generation, stage, tried, true, told, lines, seq);
    }

    PlannedMove told(boolean called) {
        return with(at, generation, stage, tried, disturbed, called, lines, seq);
    }

    PlannedMove line(Instant when, String kind, String text) {
        List<Line> more = new java.util.ArrayList<>(lines);
        more.add(new Line(when, kind, text));
        List<Line> kept = more.size() > LINES_KEPT ? more.subList(more.size() - LINES_KEPT, more.size()) : more;
        return with(at, generation, stage, tried, disturbed, told, kept, seq);
    }

    PlannedMove numbered() {
        return with(at, generation, stage, tried, disturbed, told, lines, seq + 1);
    }

    private PlannedMove with(
            HostId newAt,
            Generation newGeneration,
            PlannedStage newStage,
            List<HostId> newTried,
            boolean nowDisturbed,
            boolean nowTold,
            List<Line> newLines,
            long newSeq) {
        return new PlannedMove(
                id,
                segment,
                instance,
                name,
                project,
                origin,
                newAt,
                newGeneration,
                only,
                followed,
                failback,
                by,
                relocateLimit,
                openedAt,
                newStage,
                newTried,
                nowDisturbed,
                nowTold,
                newLines,
                newSeq);
    }
}
