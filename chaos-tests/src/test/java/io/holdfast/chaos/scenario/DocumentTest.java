package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.logging.Logging;
import io.holdfast.server.settings.Keys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page that strangers write scenarios from says what the loader takes: every key, every event, and its example works. */
final class DocumentTest {

    private static final String PAGE = page();

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Verb.class)
    void everyEventStandsInTheTableAsItIsWritten(Verb verb) {
        assertThat(PAGE).contains("| `" + verb.usage().replace("|", "\\|") + "` | " + verb.meaning() + " |");
    }

    @Test
    void theTableHasNoOtherEvent() {
        assertThat(PAGE.lines()
                        .filter(line -> line.matches("\\| `[a-z-]+[ `].*")
                                && Verb.words().contains(line.replaceAll("\\| `([a-z-]+).*", "$1"))))
                .hasSizeGreaterThanOrEqualTo(Verb.values().length);
        String events = PAGE.substring(PAGE.indexOf("| event |"), PAGE.indexOf("What a `bmc` does"));
        assertThat(events.lines().skip(2).filter(line -> line.startsWith("|"))).hasSize(Verb.values().length);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Start.class,
                Start.Host.class,
                Start.Group.class,
                Start.Instance.class,
                ExpectedEnd.class,
                ExpectedEnd.Ending.class
            })
    void everyKeyStandsInATable(Class<? extends Record> type) {
        List<String> missing = Arrays.stream(type.getRecordComponents())
                .map(component -> Keys.kebab(component.getName()))
                .filter(key -> PAGE.lines().noneMatch(line -> line.startsWith("| `") && line.contains("`" + key + "`")))
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    void theWorkedExampleIsAScenario() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("example"));
        Files.writeString(folder.resolve("README.md"), "The page's example.\n");
        for (String file : List.of("start.yaml", "events.txt", "expected-end.yaml")) {
            Matcher block = Pattern.compile("`" + Pattern.quote(file) + "`\n```(?:yaml)?\n(.*?)```", Pattern.DOTALL)
                    .matcher(PAGE);
            assertThat(block.find()).as(file).isTrue();
            Files.writeString(folder.resolve(file), block.group(1));
        }
        Scenario example = ScenarioLoader.load(directory).getFirst();
        assertThat(example.events()).hasSize(3);
        assertThat(example.end().humans()).containsExactly("h1", "web");
    }

    @Test
    void bothExamplesEndAsTheySay() throws IOException {
        Logging.silence();
        Path first = Files.createDirectories(directory.resolve("first"));
        Path second = Files.createDirectories(directory.resolve("second"));
        for (String file : List.of("start.yaml", "events.txt", "expected-end.yaml")) {
            Files.writeString(first.resolve(file), block("`" + file + "`\n```(?:yaml)?\n(.*?)```"));
            Files.writeString(second.resolve(file), block("```(?:yaml)?\n# " + file + "\n(.*?)```"));
        }
        for (Path folder : List.of(first, second)) {
            Files.writeString(folder.resolve("README.md"), "An example of the page.\n");
        }
        for (Scenario example : ScenarioLoader.load(directory)) {
            Outcome outcome = new ScenarioRunner(example).play();
            assertThat(outcome.violations()).isEmpty();
            assertThat(outcome.differences())
                    .as(example.name())
                    .allMatch(difference -> difference.startsWith(Judge.STORY));
        }
    }

    private static String block(String pattern) {
        Matcher found = Pattern.compile(pattern, Pattern.DOTALL).matcher(PAGE);
        assertThat(found.find()).as(pattern).isTrue();
        return found.group(1);
    }

    private static String page() {
        try {
            Path at = Path.of("").toAbsolutePath();
            while (!Files.exists(at.resolve("docs/scenarios.md"))) {
                at = at.getParent();
            }
            return Files.readString(at.resolve("docs/scenarios.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
