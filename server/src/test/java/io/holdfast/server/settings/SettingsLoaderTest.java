package io.holdfast.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingsLoaderTest {

    enum Mode {
        FAST,
        VERY_SAFE
    }

    record Segment(String value) {}

    record Lease(Duration timeout, int retries) {
        Lease {
            if (timeout.toMillis() < 100) {
                throw new IllegalArgumentException(
                        "lease.timeout must be between 100ms and 60s, is " + timeout.toMillis() + "ms");
            }
        }

        static Lease defaults() {
            return new Lease(Duration.ofSeconds(3), 5);
        }
    }

    record Token(String name, Mode mode, @Nullable Path file) {}

    record Root(
            Path stateDirectory,
            String zoneName,
            boolean enabled,
            long bytesMax,
            double weight,
            URI url,
            Mode mode,
            Lease lease,
            Segment segment,
            List<Token> tokens,
            Map<String, Integer> limits,
            @Nullable String note) {

        static Root defaults() {
            return new Root(
                    Path.of("/var/lib/holdfast"),
                    "nova",
                    true,
                    10,
                    0.5,
                    URI.create("http://localhost:1"),
                    Mode.FAST,
                    Lease.defaults(),
                    new Segment("s1"),
                    List.of(),
                    Map.of(),
                    null);
        }
    }

    record Needy(Path stateDirectory, Lease lease) {}

    private static final String FULL = """
            state-directory: state
            zone-name: az2
            enabled: false
            bytes-max: 9_000_000_000
            weight: 1e3
            url: https://example.org:8774/x
            mode: very-safe
            lease:
              timeout: 1m30s
              retries: 7
            segment: s2
            tokens:
              - name: monitor
                mode: fast
                file: monitor.token
              - {name: "ops", mode: very-safe}
            limits:
              b: 2
              a: 1
            note: "yes: really"
            """;

    @TempDir
    Path directory;

    private Root full() {
        Map<String, Integer> limits = new LinkedHashMap<>();
        limits.put("b", 2);
        limits.put("a", 1);
        return new Root(
                directory.resolve("state"),
                "az2",
                false,
                9_000_000_000L,
                1000,
                URI.create("https://example.org:8774/x"),
                Mode.VERY_SAFE,
                new Lease(Duration.ofSeconds(90), 7),
                new Segment("s2"),
                List.of(
                        new Token("monitor", Mode.FAST, directory.resolve("monitor.token")),
                        new Token("ops", Mode.VERY_SAFE, null)),
                limits,
                "yes: really");
    }

    @Test
    void readsEveryKindOfValueOverTheDefaults() {
        SettingsRecordChecks.assertFullMapping(directory, Root.defaults(), FULL, full());
    }

    @Test
    void takesTheDefaultsWhereTheFileIsSilent() throws IOException {
        assertThat(load("")).isEqualTo(Root.defaults());
        assertThat(load("# nothing\n")).isEqualTo(Root.defaults());
        assertThat(load("lease:\n")).isEqualTo(Root.defaults());
        assertThat(load("lease: {retries: 9}").lease()).isEqualTo(new Lease(Duration.ofSeconds(3), 9));
    }

    @Test
    void pinsDefaultsAsTheFileThatSaysTheSame() {
        SettingsRecordChecks.assertDefaults(Root.defaults(), """
                state-directory: /var/lib/holdfast
                zone-name: nova
                enabled: true
                bytes-max: 10
                weight: 0.5
                url: http://localhost:1
                mode: fast
                lease:
                  timeout: 3s
                  retries: 5
                segment: s1
                tokens: []
                limits: {}
                note: null
                """);
    }

    @Test
    void whatIsPrintedReadsBackTheSame() throws IOException {
        assertThat(load(SettingsPrinter.print(full()))).isEqualTo(full());
        assertThat(load(SettingsPrinter.print(Root.defaults()))).isEqualTo(Root.defaults());
    }

    @Property(tries = 200)
    void everyDurationReadsBackTheSame(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE / 2) long nanos) {
        Duration duration = Duration.ofNanos(nanos);
        assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    leese: {}                    | unknown setting 'leese'; did you mean 'lease'?
                    zoneName: x                  | unknown setting 'zoneName'; did you mean 'zone-name'?
                    lease: {tiemout: 3s}         | unknown setting 'lease.tiemout'; did you mean 'lease.timeout'?
                    zzzzzzzzz: 1                 | known here: state-directory, zone-name
                    lease: {timeout: 5ms}        | lease.timeout must be between 100ms and 60s, is 5ms
                    lease: {timeout: 5}          | lease.timeout: '5' is not a duration
                    lease: {timeout: -5s}        | lease.timeout: '-5s' is not a duration
                    lease: {timeout: []}         | lease.timeout must be a duration like 500ms, 3s or 2m, is a list
                    lease: 7                     | lease must be a group of keys, is '7'
                    lease: {retries: 3000000000} | lease.retries: 3000000000 is not between
                    lease: {retries: 1:30}       | lease.retries: '1:30' is not a whole number
                    lease: {retries: x}          | lease.retries: 'x' is not a whole number
                    enabled: yes                 | enabled: 'yes' is neither true nor false
                    mode: very-save              | did you mean 'very-safe'?
                    weight: heavy                | weight: 'heavy' is not a number
                    url: 'a b'                   | url: 'a b' is not a URI
                    state-directory: ~/x         | not replaced by a home directory
                    zone-name: ${HOME}           | are not replaced
                    zone-name:                   | zone-name has no value; expected text
                    zone-name: [a]               | zone-name must be text, is a list
                    tokens: {a: b}               | tokens must be a list of a group of keys, is a group of keys
                    tokens: [{name: a}]          | tokens[0].mode is missing
                    limits: {a: b}               | limits.a: 'b' is not a whole number
                    [a, b]                       | the file must be a group of keys, is a list
                    lease: {{}}                  | a key must be a plain word
                    a: b: c                      | is not YAML
                    """)
    void refusesAMistakeAndSaysWhatWouldBeRight(String yaml, String message) {
        assertThatThrownBy(() -> load(yaml))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("settings.yaml:1")
                .hasMessageContaining(message);
    }

    @Test
    void namesTheLineOfTheKeyAndTellsAllMistakesAtOnce() {
        SettingsException refused = catchThrowableOfType(
                SettingsException.class,
                () -> load("zone-name: a\nlease:\n  retries: 2\n  timeout: 1ms\nenabled: maybe\nmoed: fast\n"));
        assertThat(refused.problems()).hasSize(3);
        assertThat(refused)
                .hasMessageContaining("settings.yaml:4: lease.timeout must be")
                .hasMessageContaining("settings.yaml:5: enabled")
                .hasMessageContaining("settings.yaml:6: unknown setting 'moed'; did you mean 'mode'?");
    }

    @Test
    void refusesAKeyThatIsGivenTwice() {
        assertThatThrownBy(() -> load("enabled: true\nmode: fast\nenabled: false\n"))
                .hasMessageContaining("settings.yaml:3: enabled is given twice, first in line 1");
        assertThatThrownBy(() -> load("limits:\n  a: 1\n  a: 2\n")).hasMessageContaining("limits.a is given twice");
    }

    @Test
    void asksForWhatHasNoDefault() throws IOException {
        Path file = write("lease: {retries: 1}\n");
        assertThatThrownBy(() -> SettingsLoader.load(file, Needy.class, null))
                .hasMessageContaining("state-directory is missing; it has no default (expected a path)");
        assertThat(SettingsLoader.load(write("state-directory: /x"), Needy.class, null))
                .isEqualTo(new Needy(Path.of("/x"), Lease.defaults()));
    }

    @Test
    void refusesWhatIsNoSettingsFile() throws IOException {
        assertThatThrownBy(() -> SettingsLoader.load(directory.resolve("none.yaml"), Root.defaults()))
                .hasMessageContaining("none.yaml: there is no such file");
        assertThatThrownBy(() -> SettingsLoader.load(directory, Root.defaults()))
                .hasMessageContaining("is a directory");
        Path binary = directory.resolve("binary.yaml");
        Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThatThrownBy(() -> SettingsLoader.load(binary, Root.defaults())).hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> load("x: " + "y".repeat(1024 * 1024))).hasMessageContaining("larger than");
        assertThatThrownBy(() -> load("a: 1\n---\nb: 2\n")).hasMessageContaining("is not YAML");
        assertThatThrownBy(() -> load("lease:\n\tretries: 1\n")).hasMessageContaining("tab characters");
        assertThatThrownBy(() -> load("x: " + "[".repeat(200))).isInstanceOf(SettingsException.class);
        assertThatThrownBy(() -> load("mode: !!java.lang.Runtime x")).isInstanceOf(SettingsException.class);
    }

    private Root load(String yaml) throws IOException {
        return SettingsLoader.load(write(yaml), Root.defaults());
    }

    private Path write(String yaml) throws IOException {
        Path file = directory.resolve("settings.yaml");
        Files.writeString(file, yaml);
        return file;
    }

    sealed interface Shape {
        static Class<? extends Record> kindByDefault() {
            return Circle.class;
        }
    }

    record Circle(int radius) implements Shape {}

    record LongBox(int width, @Nullable Integer height) implements Shape {}

    record Shapes(Map<String, Shape> shapes) {}

    private Shapes shapes(String yaml) throws IOException {
        return SettingsLoader.load(
                Files.writeString(directory.resolve("shapes.yaml"), yaml), Shapes.class, new Shapes(Map.of()));
    }

    @Test
    void theTypeSaysWhichOfSeveralKindsIsMeantAndOneIsMeantWithoutIt() throws IOException {
        Shapes read = shapes("shapes: {a: {radius: 1}, b: {type: circle, radius: 2}, c: {width: 3, type: long-box}}");
        assertThat(read)
                .isEqualTo(new Shapes(Map.of("a", new Circle(1), "b", new Circle(2), "c", new LongBox(3, null))));
        assertThat(shapes(SettingsPrinter.print(read)))
                .as("what is printed is read as the same")
                .isEqualTo(read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: circel, radius: 1} | shapes.a.type: 'circel' is not one of circle, long-box; did you mean 'circle'?",
                "{type: long-box, radius: 1}"
                        + " | unknown setting of type long-box 'shapes.a.radius'; known here: type, width, height",
                "{widht: 1} | unknown setting of type circle 'shapes.a.widht'; known here: type, radius",
                "{type: long-box} | shapes.a.width is missing; it has no default (expected a whole number)",
                "{type: [circle]} | shapes.a.type must be one of circle, long-box, is a list",
                "7 | shapes.a must be a group of keys, is '7'",
            })
    void aMistakeInOneOfSeveralKindsNamesTheKindAndTheKnownWords(String yaml, String message) {
        assertThatThrownBy(() -> shapes("shapes:\n  a: " + yaml + "\n"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(message);
    }
}
