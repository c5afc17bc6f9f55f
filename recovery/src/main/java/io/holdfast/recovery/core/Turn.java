package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.RecoverySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one step gathers. Lives for one call and never leaves it. */
final class Turn {

    final Instant now;
    final RecoverySettings settings;
    private CaseState state;
    private final List<CaseCommand> commands = new ArrayList<>();
    private final List<CaseStep.Line> lines = new ArrayList<>();
    private final List<CaseStep.Notice> notices = new ArrayList<>();

    Turn(CaseState state, Instant now, RecoverySettings settings) {
        this.state = state;
        this.now = now;
        this.settings = settings;
    }

    CaseState state() {
        return state;
    }

    void become(CaseState next) {
        state = next;
    }

    void enter(Phase next) {
        state = state.with(next);
    }

    void send(CaseCommand command) {
        commands.add(command);
    }

    Instant in(Duration duration) {
        return now.plus(duration);
    }

    void line(String kind, String text) {
        line(now, kind, "host/" + state.host(), text);
    }

    void line(Move move, String kind, String text) {
        line(now, kind, "instance/" + move.id(), text);
    }

    void line(Instant at, String kind, String subject, String text) {
        long seq = state.seq() + 1;
        state = state.withCounts(state.plans(), seq);
        lines.add(new CaseStep.Line(seq, at, kind, subject, text));
    }

    /** To operators. */
    void tellOfHost(String type, String reason) {
        notice(type, "host/" + state.host(), null, facts(reason));
    }

    /** To the owner. */
    void tellOf(InstanceId id, String name, ProjectId project, String policy, String type, String reason) {
        tellOf(id, name, project, policy, type, reason, null, Map.of());
    }

    void tellOf(Move move, String type, String reason) {
        tellOf(move, type, reason, Map.of());
    }

    /** @param more what a program needs beside the reason */
    void tellOf(Move move, String type, String reason, Map<String, Object> more) {
        tellOf(
                move.id(),
                move.name(),
                move.project(),
                move.policy().name(),
                type,
                reason,
                move.state().destination(),
                more);
    }

    private void tellOf(
            InstanceId id,
            String name,
            ProjectId project,
            String policy,
            String type,
            String reason,
            @Nullable HostId destination,
            Map<String, Object> more) {
        Map<String, Object> data = facts(reason);
        data.put("instanceId", id.toString());
        data.put("name", name);
        data.put("policy", policy);
        if (destination != null) {
            data.put("destination", destination.value());
        }
        data.putAll(more);
        notice(type, "instance/" + id, project, data);
    }

    /** To the owners of all who lived there, as far as memory knew. */
    void tellAffected(String type, String reason) {
        for (CaseState.Affected who : state.affected()) {
            tellOf(who.id(), who.name(), who.project(), who.policy().name(), type, reason);
        }
    }

    CaseStep step() {
        return new CaseStep(state, commands, lines, notices);
    }

    private Map<String, Object> facts(String reason) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", state.host().value());
        data.put("caseId", state.id().toString());
        data.put("epoch", state.epoch().value());
        data.put("reason", reason);
        data.put("evidence", state.evidence());
        Instant suspectedAt = state.suspectedAt();
        if (suspectedAt != null) {
            data.put("suspectedAt", suspectedAt.toString());
            data.put("sinceSuspicionMillis", Duration.between(suspectedAt, now).toMillis());
        }
        return data;
    }

    private void notice(String type, String subject, @Nullable ProjectId project, Map<String, Object> data) {
        long seq = state.seq() + 1;
        state = state.withCounts(state.plans(), seq);
        notices.add(new CaseStep.Notice(seq, now, type, subject, project, data));
    }
}
