package io.holdfast.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.notifications.core.FactType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The one table of types of facts, against what the product writes and against the page that people read. */
class NoticeTableTest {

    private static final Path ROOT = Path.of("..");

    /** Those who write facts. */
    private static final List<String> WRITERS =
            List.of("recovery", "compute", "fencing", "membership", "notifications", "api", "server");

    private static final Pattern TYPE = Pattern.compile("\"((?:host|instance|segment|webhook)\\.[a-z]+(?:-[a-z]+)*)\"");

    /** What is told from memory has its type put together: of a host, and of each instance on it. */
    private static final Pattern EARLY = Pattern.compile("tellNow\\([^;]*?\"([a-z-]+)\"");

    private static final Set<String> HOSTS_ALONE = Set.of("held", "left");

    /** Names of files and of settings that look alike. */
    private static final Set<String> NO_TYPES = Set.of("webhook.key");

    @Test
    void everyTypeThatIsWrittenIsInTheTableAndNoOther() throws IOException {
        Set<String> written = new TreeSet<>();
        for (String module : WRITERS) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file : files.filter(one -> one.toString().endsWith(".java")
                                && !one.endsWith("FactType.java")
                                && !one.endsWith("Oslo.java"))
                        .toList()) {
                    collect(written, file);
                }
            }
        }
        Set<String> known = new TreeSet<>();
        FactType.all().forEach(one -> known.add(one.type()));
        assertThat(written).isEqualTo(known);
    }

    @Test
    void theRunbookHasTheSameSeverities() throws IOException {
        String book = Files.readString(ROOT.resolve("docs/runbook.md"));
        String chapter = book.substring(book.indexOf("\n## Notices\n"));
        Map<String, String> documented = new TreeMap<>();
        chapter.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            String[] cells = line.split(" \\| ", -1);
            Matcher types = Pattern.compile("`([a-z.-]+)`").matcher(cells[0]);
            while (types.find()) {
                documented.put(types.group(1), cells[1]);
            }
        });
        Map<String, String> table = new TreeMap<>();
        FactType.all().forEach(one -> table.put(one.type(), one.severity().word()));
        assertThat(documented).isEqualTo(table);
    }

    private static void collect(Set<String> written, Path file) throws IOException {
        String source = Files.readString(file);
        Matcher types = TYPE.matcher(source);
        while (types.find()) {
            if (!NO_TYPES.contains(types.group(1))) {
                written.add(types.group(1));
            }
        }
        Matcher early = EARLY.matcher(source);
        while (file.endsWith("MembershipNews.java") && early.find()) {
            written.add("host." + early.group(1));
            if (!HOSTS_ALONE.contains(early.group(1))) {
                written.add("instance." + early.group(1));
            }
        }
    }
}
