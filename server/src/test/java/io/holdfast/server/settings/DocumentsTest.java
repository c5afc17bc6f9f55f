package io.holdfast.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.membership.health.HealthTable;
import io.holdfast.membership.health.Reaction;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.controller.ControllerSettings;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents promise: samples that load, a reference with every key. */
final class DocumentsTest {

    private static final Path DOCS = Path.of("..", "docs");

    @Test
    void theSampleSettingsLoad() {
        ControllerSettings controller =
                SettingsLoader.load(DOCS.resolve("samples/controller.yaml"), ControllerSettings.defaults());
        assertThat(controller.fencing().devices()).containsOnlyKeys("h1", "h2", "h1-pdu-a", "h1-pdu-b");
        assertThat(controller.api().tokens()).hasSize(1);
        AgentProcessSettings agent =
                SettingsLoader.load(DOCS.resolve("samples/agent.yaml"), AgentProcessSettings.defaults());
        assertThat(agent.host()).isEqualTo("h1");
        assertThat(agent.membership().connectString()).isEqualTo("192.0.2.10:2181");
    }

    @Test
    void theReferenceNamesEveryKeyOfBothFiles() throws IOException {
        String reference = Files.readString(DOCS.resolve("settings.md"));
        List<String> missing = new ArrayList<>();
        for (Class<?> root : List.of(ControllerSettings.class, AgentProcessSettings.class)) {
            for (RecordComponent group : root.getRecordComponents()) {
                String key = Keys.kebab(group.getName());
                Stream<String> keys = group.getType().isRecord() && !key.equals("tls")
                        ? Arrays.stream(group.getType().getRecordComponents())
                                .flatMap(component -> keys(key + ".", component))
                        : Stream.of(key);
                keys.filter(each -> !reference.contains("`" + each + "`")).forEach(missing::add);
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void theOperatorGuideHasTheDefaultHealthTableRowByRow() throws IOException {
        String guide = Files.readString(DOCS.resolve("operator-guide.md"));
        String chapter = guide.substring(guide.indexOf("## Health table")).split("\n## ", 3)[0];
        List<String> expected = HealthTable.defaults().rows().stream()
                .map(row -> "| `" + row.name() + "` | " + row.when().replace("|", "\\|") + " | "
                        + Keys.kebab(row.state()) + " | "
                        + (row.reactions().isEmpty()
                                ? "–"
                                : row.reactions().stream()
                                        .map(Reaction::written)
                                        .collect(Collectors.joining(", ")))
                        + " | *" + row.says() + "*: ")
                .toList();
        List<String> written = chapter.lines()
                .filter(line -> line.contains(" | *"))
                .map(line -> line.substring(0, line.indexOf("*: ") + 3))
                .toList();
        assertThat(written).containsExactlyElementsOf(expected);
    }

    @Test
    void theReferenceNamesEveryKeyOfEachTypeOfDevice() throws IOException {
        String reference = Files.readString(DOCS.resolve("settings.md"));
        for (Class<?> kind : FencingSettings.Device.class.getPermittedSubclasses()) {
            String heading = "### `type: " + Keys.kebab(kind.getSimpleName()) + "`\n";
            assertThat(reference).contains(heading);
            String section = reference.substring(reference.indexOf(heading) + heading.length());
            section = section.split("\n#", 2)[0];
            for (RecordComponent component : kind.getRecordComponents()) {
                assertThat(section).contains("| `" + Keys.kebab(component.getName()) + "` |");
            }
        }
    }

    /** A group within a group has its keys in the reference too. */
    private static Stream<String> keys(String prefix, RecordComponent component) {
        String key = prefix + Keys.kebab(component.getName());
        Class<?> type = component.getType();
        boolean group = type.isRecord()
                && Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(method -> method.getName().equals("defaults"));
        return group
                ? Stream.concat(
                        Stream.of(key),
                        Arrays.stream(type.getRecordComponents()).map(each -> key + "." + Keys.kebab(each.getName())))
                : Stream.of(key);
    }
}
