package io.holdfast.recovery.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.PlannedStage.Gone;
import io.holdfast.recovery.core.PlannedStage.Leaving;
import io.holdfast.recovery.core.PlannedStage.Moved;
import io.holdfast.recovery.core.PlannedStage.NeedsOperator;
import io.holdfast.recovery.core.PlannedStage.Planning;
import io.holdfast.recovery.core.PlannedStage.Settled;
import io.holdfast.recovery.core.PlannedStage.Starting;
import io.holdfast.recovery.core.PlannedStage.Stayed;
import io.holdfast.recovery.core.PlannedStage.Superseded;
import io.holdfast.recovery.core.PlannedStage.TakingBack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Moves one instance from a living home to another host: stopped here, started there.
 *
 * <p><b>Intuition.</b> Nothing is wrong with its home, so there is no proof and none is needed: the home itself stops the
 * instance and says so. Only then does the instance change its home, in one transaction; and if the new home will not have
 * it, the same transaction has it go on where it was. So at every moment it has exactly one home, and whoever dies, that
 * home's host, the new one or the leader, leaves behind an instance with a home and the goal RUNNING.
 *
 * <p><b>Invariants.</b> One command is under way at a time, and each state has exactly one. No home is changed but by
 * {@link PlannedCommand.Relocate}, whose receiver asks the home first. A home that stands condemned ends the move: its
 * instances are its own case's.
 *
 * <p><b>If we die</b> in any state: {@link #command} names what the state waits for; it is asked again, and all commands
 * may be done twice.
 *
 * <pre>
 * LEAVING        -> GONE           Seen
 * LEAVING        -> LEAVING        Kept
 * LEAVING        -> PLANNING       Kept
 * LEAVING        -> STARTING       Kept, Relocated
 * LEAVING        -> NEEDS_OPERATOR Kept, NotConfirmed, Seen
 * LEAVING        -> SUPERSEDED     Seen
 * LEAVING        -> TAKING_BACK    NotConfirmed, Seen
 * NEEDS_OPERATOR -> GONE           Seen
 * NEEDS_OPERATOR -> LEAVING        Seen
 * NEEDS_OPERATOR -> MOVED          Seen
 * NEEDS_OPERATOR -> PLANNING       Seen
 * NEEDS_OPERATOR -> STAYED         Seen
 * NEEDS_OPERATOR -> SUPERSEDED     Seen
 * PLANNING       -> LEAVING        Planned
 * PLANNING       -> NEEDS_OPERATOR Planned
 * PLANNING       -> STAYED         Planned
 * PLANNING       -> TAKING_BACK    Planned
 * STARTING       -> GONE           Seen
 * STARTING       -> LEAVING        Seen
 * STARTING       -> MOVED          Seen
 * STARTING       -> NEEDS_OPERATOR Seen
 * STARTING       -> PLANNING       Seen
 * STARTING       -> STAYED         Seen
 * STARTING       -> SUPERSEDED     Seen
 * TAKING_BACK    -> GONE           Seen
 * TAKING_BACK    -> STARTING       Kept
 * TAKING_BACK    -> SUPERSEDED     Seen
 * </pre>
 *
 * <p>Rejected: a case without a fence. A case is one failure of one host, and there is one open case per host; what guards,
 * hand-over and admission conclude from an open case would all have had to learn that some are none.
 */
public final class PlannedMoveMachine {

    private PlannedMoveMachine() {}

    /**
     * How a planned move begins.
     *
     * @param home where it runs now
     * @param only the one host that somebody wants, or null; of one that is followed, where its guest is
     * @param followed whether somebody else has moved its guest there
     */
    public record Opening(
            UUID id,
            SegmentId segment,
            Instance instance,
            HostId home,
            @Nullable HostId only,
            boolean followed,
            boolean failback,
            String by) {}

    /** What a step made of a move, and who must be told of it. */
    public record Step(PlannedMove next, List<Notice> notices) {
        public Step {
            notices = List.copyOf(notices);
        }
    }

    /** Told to the instance's owner. Its identity is the move and {@code seq}. */
    public record Notice(long seq, String type, Map<String, Object> data) {
        public Notice {
            data = Map.copyOf(data);
        }
    }

    public static PlannedMove open(Opening opening, Instant now, RecoverySettings settings) {
        Integer said = TermsRule.read(opening.instance().metadata()).relocateLimit();
        PlannedMove move = PlannedMove.of(
                opening.id(),
                opening.segment(),
                opening.instance(),
                opening.home(),
                opening.only(),
                opening.followed(),
                opening.failback(),
                opening.by(),
                said == null ? settings.startAttempts() : said,
                now);
        HostId only = opening.only();
        if (opening.followed() && only != null) {
            return move.line(
                            now,
                            "followed",
                            "from " + opening.home() + " to " + only + ", moved there by " + opening.by())
                    .asDisturbed()
                    .in(new Leaving(only, now.plus(settings.startTimeout())));
        }
        return move.line(
                now,
                "asked",
                (opening.failback() ? "back to its old home " : "off " + opening.home() + ", to ")
                        + (only == null ? "any host" : only)
                        + ", by " + opening.by());
    }

    /** What the move waits for now; null when it is over. */
    public static @Nullable PlannedCommand command(PlannedMove move) {
        return switch (move.stage()) {
            case Planning s -> new PlannedCommand.Plan(move.only(), excluded(move));
            case Leaving s ->
                move.isFollowing()
                        ? new PlannedCommand.Follow(move.generation(), move.at(), s.to())
                        : new PlannedCommand.Relocate(move.generation(), move.at(), s.to());
            case TakingBack s -> new PlannedCommand.Keep(move.generation(), move.at());
            case Starting s -> new PlannedCommand.Look();
            case NeedsOperator s -> new PlannedCommand.Look();
            case Settled s -> null;
        };
    }

    public static Step step(PlannedMove move, PlannedEvent event, Instant now, RecoverySettings settings) {
        One one = new One(move, now, settings);
        switch (event) {
            case PlannedEvent.Planned e -> one.planned(e);
            case PlannedEvent.Relocated e -> one.relocated(e);
            case PlannedEvent.Kept e -> one.kept(e);
            case PlannedEvent.NotConfirmed e -> one.notConfirmed(e);
            case PlannedEvent.Seen e -> one.seen(e);
        }
        one.escalate();
        return new Step(one.move, one.notices);
    }

    private static Map<HostId, String> excluded(PlannedMove move) {
        Map<HostId, String> excluded = new LinkedHashMap<>();
        move.tried().forEach(host -> excluded.put(host, "tried in vain"));
        excluded.put(move.at(), "its home now");
        // Back home it goes when nobody else will have it, and not before.
        excluded.putIfAbsent(move.origin(), "the home that it left");
        return excluded;
    }

    /** One step. Lives for one call and never leaves it. */
    private static final class One {

        private final Instant now;
        private final RecoverySettings settings;
        private final List<Notice> notices = new ArrayList<>();
        private PlannedMove move;

        private One(PlannedMove move, Instant now, RecoverySettings settings) {
            this.move = move;
            this.now = now;
            this.settings = settings;
        }

        private void planned(PlannedEvent.Planned answer) {
            if (!(move.stage() instanceof Planning)) {
                return;
            }
            HostId to = answer.host();
            if (to != null && !to.equals(move.at())) {
                leave(to);
            } else if (!move.isHome()) {
                line("no-other-host", answer.reason());
                goHome(answer.reason());
            } else if (move.disturbed()) {
                line("no-other-host", answer.reason());
                move = move.in(new TakingBack("no valid host: " + answer.reason()));
            } else {
                stay("no valid host: " + answer.reason());
            }
        }

        private void leave(HostId to) {
            line("leaving", "for " + to + ": its home " + move.at() + " is asked to stop it");
            move = move.asDisturbed().in(new Leaving(to, in(settings.startTimeout())));
        }

        private void relocated(PlannedEvent.Relocated moved) {
            if (move.stage() instanceof Leaving leaving && leaving.to().equals(moved.to())) {
                move = move.at(moved.to(), moved.generation());
                if (move.isFollowing()) {
                    // Back from where it was followed to: by now its guest is where the books say.
                    move = move.trying(with(Objects.requireNonNull(move.only())));
                }
                line("claimed", "for " + moved.to());
                start(move.isHome() ? "it is back at its home" : "");
            }
        }

        private void kept(PlannedEvent.Kept kept) {
            if (move.stage() instanceof TakingBack back) {
                move = move.at(move.at(), kept.generation());
                start(back.reason());
            } else if (move.stage() instanceof Leaving leaving) {
                move = move.at(move.at(), kept.generation());
                line("refused", kept.reason());
                tryOn(leaving.to(), kept.reason());
            }
        }

        /** The host that was tried will not have it, or cannot start it. */
        private void tryOn(HostId vain, String reason) {
            List<HostId> tried = with(vain);
            move = move.trying(tried);
            boolean more =
                    tried.stream().filter(host -> !host.equals(move.origin())).count() < move.relocateLimit()
                            && (move.only() == null || !tried.contains(move.only()));
            if (more) {
                move = move.in(new Planning());
            } else if (move.isHome()) {
                start(reason);
            } else {
                goHome(reason);
            }
        }

        /** What was tried, and this one. */
        private List<HostId> with(HostId host) {
            List<HostId> tried = new ArrayList<>(move.tried());
            if (!tried.contains(host)) {
                tried.add(host);
            }
            return tried;
        }

        private void goHome(String reason) {
            if (move.tried().contains(move.origin())) {
                callHuman("neither its old home nor any other host can have it: " + reason);
            } else {
                leave(move.origin());
            }
        }

        private void notConfirmed(PlannedEvent.NotConfirmed not) {
            if (move.stage() instanceof Leaving leaving && !now.isBefore(leaving.deadline())) {
                takeBack("its home " + move.at() + " did not confirm in time that it is stopped: " + not.reason());
            }
        }

        private void takeBack(String reason) {
            if (move.isFollowing()) {
                // Its guest may run where somebody else has moved it. Were it started at its home, there would be two.
                callHuman(reason);
                return;
            }
            line("taken-back", reason);
            move = move.in(new TakingBack(reason));
        }

        private void start(String why) {
            move = move.in(new Starting(why, in(settings.startTimeout())));
        }

        private void seen(PlannedEvent.Seen seen) {
            if (move.settled() || move.stage() instanceof Planning) {
                return;
            }
            if (seen.goal() != InstanceGoal.RUNNING) {
                end("gone", new Gone("its owner has " + seen.goal().word() + " it"));
            } else if (!move.at().equals(seen.home())) {
                end(
                        "superseded",
                        new Superseded(
                                seen.home() == null
                                        ? "it has no home by now"
                                        : "its home is " + seen.home() + " by now"));
            } else if (seen.homeDown()) {
                end("superseded", new Superseded("its home " + seen.home() + " failed; the case of that host goes on"));
            } else if (seen.generation().isOlderThan(move.generation())) {
                return;
            } else {
                move = move.at(move.at(), seen.generation());
                switch (move.stage()) {
                    case Leaving s -> {
                        if (!now.isBefore(s.deadline())) {
                            takeBack("its home " + move.at() + " could not be asked in time");
                        }
                    }
                    case Starting s -> starting(s, seen);
                    case NeedsOperator s -> waiting(s, seen);
                    case TakingBack s -> {}
                    case Planning s -> {}
                    case Settled s -> {}
                }
            }
        }

        private void starting(Starting starting, PlannedEvent.Seen seen) {
            if (seen.actual() == ActualState.RUNNING) {
                arrived(starting.why());
            } else if (seen.actual() == ActualState.FAILED) {
                failed(seen.fault());
            } else if (!now.isBefore(starting.deadline())) {
                callHuman("host " + move.at() + " has not reported it running within "
                        + settings.startTimeout().toSeconds()
                        + " s; it may run there, so it is started nowhere else");
            }
        }

        private void failed(String fault) {
            String reason = "host " + move.at() + " could not start it: " + fault;
            line("start-failed", reason);
            tryElsewhere(reason);
        }

        private void tryElsewhere(String reason) {
            if (move.isHome() && move.tried().contains(move.origin())) {
                callHuman(reason);
            } else if (move.isHome()) {
                // Its home could not start it again; another host may.
                move = move.trying(with(move.origin())).in(new Planning());
            } else {
                tryOn(move.at(), reason);
            }
        }

        private void waiting(NeedsOperator waiting, PlannedEvent.Seen seen) {
            if (seen.actual() == ActualState.RUNNING && !move.isFollowing()) {
                arrived(waiting.reason());
            } else if (move.isFollowing()) {
                if (!now.isBefore(waiting.deadline())) {
                    line("tried-again", "its home is asked again to confirm that nothing of it runs there");
                    move = move.in(new Leaving(Objects.requireNonNull(move.only()), in(settings.startTimeout())));
                }
            } else if (!now.isBefore(waiting.deadline()) && seen.actual() == ActualState.FAILED) {
                line("tried-again", "from the beginning");
                // One that was followed in vain is not sent there again.
                move = move.trying(move.followed() ? move.tried() : List.of()).in(new Planning());
            }
        }

        private void arrived(String why) {
            if (move.isHome()) {
                stay(why.isEmpty() ? "it runs at its home" : why);
            } else {
                end("moved", new Moved(now));
                String who =
                        move.followed() ? "moved by others, as " + move.by() + " says" : "asked for by " + move.by();
                tell("instance.moved", "from " + move.origin() + " to " + move.at() + ", " + who);
            }
        }

        private void stay(String reason) {
            end("stayed", new Stayed(reason));
            tell("instance.not-moved", "it goes on at " + move.at() + ": " + reason);
        }

        private void callHuman(String reason) {
            line("needs-operator", reason);
            move = move.in(new NeedsOperator(reason, in(settings.operatorRetry())));
            if (!move.told()) {
                move = move.told(true);
                tell("instance.needs-operator", reason);
            }
        }

        /** Whatever it waits for and however often that changes: too long is too long. */
        private void escalate() {
            boolean late = !now.isBefore(move.openedAt().plus(settings.instanceDeadline()));
            if (late && !move.told() && !move.settled()) {
                String reason = "it has been under way for "
                        + settings.instanceDeadline().toSeconds() + " s, and is "
                        + move.stage().word() + " at " + move.at();
                line("needs-operator", reason);
                move = move.told(true);
                tell("instance.needs-operator", reason);
            }
        }

        private void end(String kind, Settled how) {
            String text = switch (how) {
                case Moved s -> "runs on " + move.at();
                case Stayed s -> s.reason();
                case Gone s -> s.reason();
                case Superseded s -> s.reason();
            };
            line(kind, text);
            move = move.in(how);
        }

        private void line(String kind, String text) {
            move = move.line(now, kind, text);
        }

        private void tell(String type, String reason) {
            move = move.numbered();
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("instanceId", move.instance().toString());
            data.put("name", move.name());
            data.put("from", move.origin().value());
            data.put("destination", move.at().value());
            data.put("moveId", move.id().toString());
            data.put("reason", reason);
            notices.add(new Notice(move.seq(), type, data));
        }

        private Instant in(Duration duration) {
            return now.plus(duration);
        }
    }
}
