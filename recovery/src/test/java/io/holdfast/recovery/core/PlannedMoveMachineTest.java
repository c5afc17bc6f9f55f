package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.store.MoveDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The machine against random worlds: refusals, failed starts, hosts that die, late answers, and a restart after any step. */
class PlannedMoveMachineTest {

    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final HostId H3 = HostId.of("h3");
    private static final MoveDocuments DOCUMENTS = new MoveDocuments();

    @Property(tries = 500)
    void whateverHappensItHasOneHomeAndSomebodyKnows(@ForAll long seed) {
        new Walk(seed).run(80);
    }

    @Test
    void theTableInTheJavadocIsWhatTheMachineDoes() throws IOException {
        TreeSet<String> taken = new TreeSet<>();
        for (long seed = 0; seed < 20_000; seed++) {
            Walk walk = new Walk(seed);
            walk.run(60);
            taken.addAll(walk.taken);
        }
        TreeSet<String> written = new TreeSet<>();
        Pattern line = Pattern.compile("^ \\* ([A-Z_]+)\\s+-> ([A-Z_]+)\\s+(\\w+(?:, \\w+)*)\\s*$");
        for (String text :
                Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/PlannedMoveMachine.java"))) {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                for (String event : matcher.group(3).split(", ")) {
                    written.add(matcher.group(1) + " -> " + matcher.group(2) + " by " + event);
                }
            }
        }
        assertThat(taken).as("transitions taken, and the table").isEqualTo(written);
    }

    @Test
    void withoutRoomItIsNotEvenStopped() {
        PlannedMove move = begun(null, 3);
        PlannedMoveMachine.Step step =
                PlannedMoveMachine.step(move, new PlannedEvent.Planned(null, "h2: is full"), START, SETTINGS);
        assertThat(step.next().stage()).isEqualTo(new PlannedStage.Stayed("no valid host: h2: is full"));
        assertThat(step.notices()).extracting(PlannedMoveMachine.Notice::type).containsExactly("instance.not-moved");
    }

    @Test
    void aHostThatRefusesIsNotTriedAgainAndTheNextOneIsLookedFor() {
        PlannedMove move = leaving(begun(null, 3), H2);
        PlannedMove next = step(move, new PlannedEvent.Kept(Generation.of(3), "h2 is full"));
        assertThat(next.stage()).isEqualTo(new PlannedStage.Planning());
        assertThat(next.generation()).isEqualTo(Generation.of(3));
        PlannedCommand.Plan plan = (PlannedCommand.Plan) PlannedMoveMachine.command(next);
        assertThat(plan.excluded()).containsOnlyKeys(H1, H2);
    }

    @Test
    void aHomeThatDiesIsItsOwnCases() {
        PlannedMove move = leaving(begun(null, 3), H2);
        PlannedMove next = step(
                move, new PlannedEvent.Seen(InstanceGoal.RUNNING, ActualState.UNKNOWN, H1, Generation.of(1), "", true));
        assertThat(next.stage()).isInstanceOf(PlannedStage.Superseded.class);
        assertThat(PlannedMoveMachine.command(next)).isNull();
    }

    @Test
    void aHomeThatNeverConfirmsKeepsItAtANewerGeneration() {
        PlannedMove move = leaving(begun(null, 3), H2);
        Instant late = START.plus(SETTINGS.startTimeout());
        PlannedMove next = PlannedMoveMachine.step(move, new PlannedEvent.NotConfirmed("no answer"), late, SETTINGS)
                .next();
        assertThat(PlannedMoveMachine.command(next)).isEqualTo(new PlannedCommand.Keep(Generation.of(1), H1));
        PlannedMove kept = step(next, new PlannedEvent.Kept(Generation.of(3), ""));
        PlannedMove end = step(
                kept,
                new PlannedEvent.Seen(InstanceGoal.RUNNING, ActualState.RUNNING, H1, Generation.of(3), "", false));
        assertThat(end.stage()).isInstanceOf(PlannedStage.Stayed.class);
    }

    private static PlannedMove step(PlannedMove move, PlannedEvent event) {
        return PlannedMoveMachine.step(move, event, START, SETTINGS).next();
    }

    private static PlannedMove leaving(PlannedMove move, HostId to) {
        return step(move, new PlannedEvent.Planned(to, ""));
    }

    private static PlannedMove followed(int limit) {
        return begun(H2, limit, true, new PlannedStage.Leaving(H2, START.plus(SETTINGS.startTimeout())))
                .asDisturbed();
    }

    private static PlannedMove begun(@Nullable HostId only, int limit) {
        return begun(only, limit, false, new PlannedStage.Planning());
    }

    private static PlannedMove begun(@Nullable HostId only, int limit, boolean followed, PlannedStage stage) {
        return new PlannedMove(
                new UUID(7, 7),
                SegmentId.of("default"),
                InstanceId.of(new UUID(1, 1)),
                "web",
                ProjectId.of("p"),
                H1,
                H1,
                Generation.of(1),
                only,
                followed,
                false,
                "op",
                limit,
                START,
                stage,
                List.of(),
                false,
                false,
                List.of(),
                0);
    }

    /** A dumb store with its hosts, and the machine before it. */
    private static final class Walk {

        final TreeSet<String> taken = new TreeSet<>();
        private final Random random;
        private Instant now = START;
        private PlannedMove move;
        private InstanceGoal goal = InstanceGoal.RUNNING;
        private ActualState actual = ActualState.RUNNING;
        private @Nullable HostId home = H1;
        private long generation = 1;
        private boolean down;
        private final int mood;

        private Walk(long seed) {
            random = new Random(seed);
            mood = random.nextInt(5);
            int limit = 1 + random.nextInt(3);
            if (random.nextInt(4) == 0) {
                actual = ActualState.FAILED;
                move = followed(limit);
            } else {
                move = begun(random.nextInt(3) == 0 ? H2 : null, limit);
            }
        }

        private void run(int steps) {
            for (int i = 0; i < steps && !move.settled(); i++) {
                now = now.plus(Duration.ofSeconds(random.nextInt(20) == 0 ? 400 : random.nextInt(40)));
                disturb();
                PlannedCommand command = PlannedMoveMachine.command(move);
                assertThat(command).isNotNull();
                if (move.isFollowing()) {
                    assertThat(command)
                            .as("nothing but its guest's place is followed, and nothing is started at its home")
                            .isNotInstanceOfAny(
                                    PlannedCommand.Keep.class,
                                    PlannedCommand.Plan.class,
                                    PlannedCommand.Relocate.class);
                }
                take(answer(command));
                if (random.nextInt(6) == 0) {
                    // Late or doubled: what an earlier command would have said.
                    take(stray());
                }
                assertThat(DOCUMENTS.read(DOCUMENTS.write(move))).isEqualTo(move);
            }
            if (!move.settled()) {
                assertThat(move.told() || now.isBefore(START.plus(SETTINGS.instanceDeadline())))
                        .as("somebody knows of a move that takes long")
                        .isTrue();
            }
        }

        private void take(PlannedEvent event) {
            PlannedStage before = move.stage();
            PlannedMove was = move;
            move = PlannedMoveMachine.step(move, event, now, SETTINGS).next();
            if (before instanceof PlannedStage.Settled) {
                assertThat(move).as("what is over changes no more").isEqualTo(was);
            }
            if (!before.equals(move.stage())) {
                taken.add(before.word() + " -> " + move.stage().word() + " by "
                        + event.getClass().getSimpleName());
            }
            if (move.stage() instanceof PlannedStage.Moved) {
                assertThat(home).isEqualTo(move.at()).isNotEqualTo(H1);
                assertThat(actual).isEqualTo(ActualState.RUNNING);
            }
            if (move.stage() instanceof PlannedStage.Leaving leaving) {
                assertThat(leaving.to()).as("it leaves for another host").isNotEqualTo(move.at());
            }
        }

        private void disturb() {
            int what = random.nextInt(60);
            if (what == 0) {
                goal = random.nextBoolean() ? InstanceGoal.STOPPED : InstanceGoal.DELETED;
            } else if (what == 1) {
                down = true;
            } else if (what == 2) {
                home = random.nextInt(3) == 0 ? null : random.nextBoolean() ? H3 : H2;
            } else if (what == 3) {
                generation += 2;
            }
        }

        private PlannedEvent answer(PlannedCommand command) {
            return switch (command) {
                case PlannedCommand.Plan plan -> {
                    List<HostId> free = List.of(H1, H2, H3).stream()
                            .filter(host -> !plan.excluded().containsKey(host))
                            .filter(host -> plan.only() == null || plan.only().equals(host))
                            .toList();
                    yield free.isEmpty() || random.nextInt(5) == 0
                            ? new PlannedEvent.Planned(null, "full")
                            : new PlannedEvent.Planned(free.get(random.nextInt(free.size())), "");
                }
                case PlannedCommand.Relocate(var expected, var from, var to) ->
                    relocate(expected, from, to, mood == 2 ? random.nextInt(3) > 0 : random.nextInt(6) == 0);
                case PlannedCommand.Follow(var expected, var from, var to) -> {
                    assertThat(to).isEqualTo(H2);
                    yield relocate(expected, from, to, random.nextInt(10) == 0);
                }
                case PlannedCommand.Keep keep -> {
                    if (conflict(keep.expected(), keep.home())) {
                        yield seen();
                    }
                    generation += 2;
                    actual = started();
                    yield new PlannedEvent.Kept(Generation.of(generation), "");
                }
                case PlannedCommand.Look look -> {
                    if (actual == ActualState.UNKNOWN && random.nextInt(3) == 0) {
                        actual = started();
                    }
                    yield seen();
                }
            };
        }

        private PlannedEvent relocate(Generation expected, HostId from, HostId to, boolean refused) {
            if (conflict(expected, from)) {
                return seen();
            }
            int luck = random.nextInt(mood == 0 ? 20 : 5);
            if (luck < 1 || (mood == 1 && luck < 4)) {
                return new PlannedEvent.NotConfirmed("no answer");
            }
            generation += 2;
            actual = started();
            if (refused) {
                return new PlannedEvent.Kept(Generation.of(generation), "is full");
            }
            home = to;
            return new PlannedEvent.Relocated(to, Generation.of(generation));
        }

        private ActualState started() {
            int luck = random.nextInt(4);
            return mood == 3 && luck > 0
                    ? ActualState.FAILED
                    : luck == 0 ? ActualState.FAILED : luck == 1 ? ActualState.UNKNOWN : ActualState.RUNNING;
        }

        private boolean conflict(Generation expected, HostId from) {
            return down || goal != InstanceGoal.RUNNING || !from.equals(home) || generation != expected.value();
        }

        private PlannedEvent seen() {
            return new PlannedEvent.Seen(goal, actual, home, Generation.of(generation), "no disk", down);
        }

        private PlannedEvent stray() {
            return switch (random.nextInt(4)) {
                case 0 -> new PlannedEvent.NotConfirmed("late");
                case 1 -> new PlannedEvent.Relocated(HostId.of("h9"), Generation.of(99));
                case 2 -> seen();
                default -> new PlannedEvent.Planned(null, "late");
            };
        }
    }
}
