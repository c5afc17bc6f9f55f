package io.holdfast.recovery.core;

import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one event. {@code next}, {@code lines} and {@code notices} are made durable together, and only then does
 * any of the {@code commands} leave.
 */
public record CaseStep(CaseState next, List<CaseCommand> commands, List<Line> lines, List<Notice> notices) {

    public CaseStep {
        commands = List.copyOf(commands);
        lines = List.copyOf(lines);
        notices = List.copyOf(notices);
    }

    /**
     * A line of the case's timeline.
     *
     * @param seq from 1, without gaps between lines and notices together
     */
    public record Line(long seq, Instant at, String kind, String subject, String text) {}

    /** Something somebody must be told. Its identity is the case and {@code seq}. */
    public record Notice(
            long seq,
            Instant at,
            String type,
            String subject,
            @Nullable ProjectId project,
            Map<String, Object> data) {
        public Notice {
            data = Map.copyOf(data);
        }
    }
}
