package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthTable;
import io.holdfast.membership.health.Reaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Stories: a folder each with what happens ({@code events}: millisecond, verb, arguments) and what is concluded
 * ({@code expected}). Run with {@code -Dholdfast.rewrite=true} to write what is concluded now; commit only
 * differences that you understand.
 */
class ScenarioTest {

    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

    @TestFactory
    Stream<DynamicTest> stories() throws IOException {
        return scenarios().stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> {
                    World world = play(folder);
                    Path expected = folder.resolve("expected");
                    if (Boolean.getBoolean("holdfast.rewrite")) {
                        Files.write(expected, world.story);
                    }
                    assertThat(folder.resolve("README")).isRegularFile();
                    assertThat(world.story).containsExactlyElementsOf(Files.readAllLines(expected));
                }));
    }

    @Test
    void everyTransitionIsTakenBySomeStory() throws IOException {
        Set<Transition> taken = EnumSet.noneOf(Transition.class);
        for (Path folder : scenarios()) {
            taken.addAll(play(folder).taken);
        }
        assertThat(EnumSet.complementOf(EnumSet.copyOf(taken))).isEmpty();
    }

    @Test
    void theTableInTheJavadocIsTheTableInTheCode() throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/holdfast/membership/core/MembershipMachine.java"));
        List<String> written = new ArrayList<>();
        for (String line : source.lines().toList()) {
            if (line.matches(" \\* [A-Z][a-z]+ +-&gt; .*")) {
                written.add(line.substring(3).replace("-&gt;", "->"));
            }
        }
        assertThat(written).containsExactlyElementsOf(Transition.table());
    }

    private static List<Path> scenarios() throws IOException {
        try (Stream<Path> folders = Files.list(SCENARIOS)) {
            return folders.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static World play(Path folder) throws IOException {
        World world = new World(settings(folder));
        for (String line : Files.readAllLines(folder.resolve("events"))) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            List<String> words = List.of(line.strip().split("\\s+"));
            world.runUntil(Long.parseLong(words.get(0)));
            world.act(words.get(1), words.subList(2, words.size()));
        }
        return world;
    }

    /** A story may have another health table: {@code health} holds a row's name and its reactions. */
    private static MembershipSettings settings(Path folder) throws IOException {
        Path health = folder.resolve("health");
        if (!Files.exists(health)) {
            return MembershipSettings.defaults();
        }
        List<String> words = List.of(Files.readString(health).strip().split("\\s+"));
        List<Reaction> reactions = words.stream()
                .skip(1)
                .map(word -> Reaction.valueOf(word.replace('-', '_').toUpperCase(Locale.ROOT)))
                .toList();
        return MembershipSettings.defaults()
                .with(new HealthTable(HealthTable.defaults().rows().stream()
                        .map(row -> row.name().equals(words.getFirst())
                                ? new HealthRow(row.name(), row.when(), row.state(), reactions, row.says())
                                : row)
                        .toList()));
    }
}
