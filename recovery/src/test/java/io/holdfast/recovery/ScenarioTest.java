package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.CaseStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stories: a folder each with why it is told ({@code README}), what happens ({@code events.txt}: millisecond, verb,
 * arguments) and what comes of it ({@code expected.txt}: the journal's timeline and notices, in virtual time). Run with
 * {@code -Dholdfast.rewrite=true} to write what comes of it now; commit only differences that you understand.
 */
class ScenarioTest {

    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

    static List<String> stories() throws IOException {
        try (Stream<Path> folders = Files.list(SCENARIOS)) {
            return folders.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stories")
    void isToldAsItWasRecorded(String name) throws IOException {
        Path folder = SCENARIOS.resolve(name);
        assertThat(folder.resolve("README")).isRegularFile();
        List<String> story = new Play().play(Files.readAllLines(folder.resolve("events.txt")));
        Path expected = folder.resolve("expected.txt");
        if (Boolean.getBoolean("holdfast.rewrite")) {
            Files.write(expected, story);
        }
        assertThat(story).containsExactlyElementsOf(Files.readAllLines(expected));
    }

    /** One telling. */
    private static final class Play {

        private final List<String> story = new ArrayList<>();
        private final Map<InstanceId, String> names = new LinkedHashMap<>();
        private final Map<CaseId, String> caseNames = new LinkedHashMap<>();
        private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), Recorded::new);

        List<String> play(List<String> events) {
            try (stage) {
                for (String line : events) {
                    if (line.isBlank() || line.startsWith("#")) {
                        continue;
                    }
                    List<String> words = List.of(line.strip().split("\\s+"));
                    stage.runUntil(VirtualStage.START.plus(Duration.ofMillis(Long.parseLong(words.getFirst()))));
                    if (!words.get(1).equals("end")) {
                        act(words.get(1), words.subList(2, words.size()));
                        stage.settle();
                    }
                }
                end();
                stage.assertSafe();
                return story.stream().map(this::named).toList();
            }
        }

        private void act(String verb, List<String> words) {
            say(stage.now(), "# " + verb + " " + String.join(" ", words));
            String first = words.isEmpty() ? "" : words.getFirst();
            HostId host = HostId.of(first.isEmpty() ? "none" : first);
            switch (verb) {
                case "instance" ->
                    names.put(
                            stage.world.instance(
                                    first,
                                    HostId.of(words.get(1)),
                                    RecoveryPolicy.valueOf(words.get(2).toUpperCase(Locale.ROOT))),
                            first);
                case "capacity" -> stage.world.capacity(host, Integer.parseInt(words.get(1)));
                case "power-lost" -> stage.power.losePower(host);
                case "power-back" -> stage.power.restorePower(host);
                case "bmc" -> stage.power.fault(host, fault(words.get(1)));
                case "unheard" -> stage.world.silence(host, true);
                case "heard" -> stage.world.silence(host, false);
                case "starts-fail" -> stage.world.failStarts(host, true);
                case "suspected" -> stage.suspect(host);
                case "cleared" -> stage.clear(host);
                case "lost" -> stage.lose(host);
                case "lost-power-off" -> stage.loseWithPowerOff(host);
                case "joined" -> stage.join(host, words.get(1));
                case "force-down" -> stage.forceDown(host, words.contains("fenced"), "seen by hand");
                case "force-down-cleared" -> stage.clearForceDown(host);
                case "retry" -> stage.retry(host);
                case "evacuate" ->
                    say(
                            stage.now(),
                            "answer: "
                                    + stage.evacuate(first, words.size() > 1 ? HostId.of(words.get(1)) : null)
                                            .getClass()
                                            .getSimpleName());
                case "stopped" -> stage.world.ownerStops(World.id(first));
                case "deleted" -> stage.world.ownerDeletes(World.id(first));
                case "controller-killed" -> stage.restart();
                default -> throw new IllegalArgumentException("no such verb: " + verb);
            }
        }

        private static PowerFault fault(String word) {
            return switch (word) {
                case "well" -> new PowerFault.None();
                case "dead" -> new PowerFault.Dead();
                case "dies-with-host" -> new PowerFault.DiesWithHost();
                case "late" -> new PowerFault.Slow(Duration.ofSeconds(30));
                case "lying" -> new PowerFault.Lying();
                case "wrong-password" -> new PowerFault.WrongPassword();
                default -> throw new IllegalArgumentException("no such fault: " + word);
            };
        }

        private void end() {
            names.forEach((id, name) -> say(stage.now(), "at the end: " + name + " runs on " + stage.world.runsOn(id)));
            Map<String, String> hosts = new TreeMap<>();
            stage.world
                    .list()
                    .forEach(host -> hosts.put(host.id().value(), host.state() + " at epoch " + host.epoch()));
            say(stage.now(), "at the end: " + hosts);
        }

        private void say(Instant at, String text) {
            story.add(String.format(
                    "%7d  %s", Duration.between(VirtualStage.START, at).toMillis(), text));
        }

        /** Without what is different each time: identities made by chance, and how long a device really took. */
        private String named(String line) {
            String text = line;
            for (Map.Entry<InstanceId, String> name : names.entrySet()) {
                text = text.replace(name.getKey().toString(), name.getValue());
            }
            for (Map.Entry<CaseId, String> name : caseNames.entrySet()) {
                text = text.replace(name.getKey().toString(), name.getValue());
            }
            return text.replaceAll("\\b\\d+ ms", "… ms").replaceAll("\\s+$", "");
        }

        /** Writes the story as the journal is written. */
        private final class Recorded implements CaseJournal {

            private final CaseJournal journal;
            private final Map<CaseId, String> last = new HashMap<>();

            Recorded(CaseJournal journal) {
                this.journal = journal;
            }

            @Override
            public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
                Outcome outcome = journal.write(segment, leader, writes, facts);
                if (outcome != Outcome.DONE) {
                    say(stage.now(), "journal: " + outcome);
                    return outcome;
                }
                for (Write write : writes) {
                    caseNames.putIfAbsent(write.state().id(), "case-" + (caseNames.size() + 1));
                    for (CaseStep.Line line : write.lines()) {
                        // How often a device is asked within one attempt depends on this machine's speed.
                        if (!line.kind().equals("fence-step")) {
                            say(line.at(), line.subject() + " " + line.kind() + ": " + line.text());
                        }
                    }
                    String state = write.state().id() + " of " + write.state().host() + " is "
                            + write.state().phase().word() + moves(write);
                    if (!state.equals(last.put(write.state().id(), state))) {
                        say(stage.now(), state);
                    }
                }
                for (Fact fact : facts) {
                    say(
                            fact.at(),
                            "told " + (fact.project() == null ? "operators" : fact.project()) + ": " + fact.type() + " "
                                    + fact.subject());
                }
                return outcome;
            }

            private String moves(Write write) {
                Map<String, String> moves = new LinkedHashMap<>();
                write.state()
                        .moves()
                        .forEach(move -> moves.put(move.name(), move.state().word()));
                return moves.isEmpty() ? "" : " " + moves;
            }

            @Override
            public List<Stored> open(SegmentId segment) {
                return journal.open(segment);
            }

            @Override
            public Optional<Stored> find(CaseId id) {
                return journal.find(id);
            }

            @Override
            public Optional<Stored> newest(HostId host) {
                return journal.newest(host);
            }

            @Override
            public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
                return journal.list(host, open, limit);
            }

            @Override
            public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
                return journal.marks(segment, since, kinds);
            }

            @Override
            public List<CaseView.Entry> timeline(CaseId id) {
                return journal.timeline(id);
            }
        }
    }
}
