package io.holdfast.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Two checks that every settings record has to pass.
 *
 * <p>Pinned defaults: a default is a promise to everybody whose file is silent, so changing one must change a test. Full
 * mapping: a file that sets every key to something else than its default comes back complete; a component that the file
 * cannot reach, or a constructor that mixes two up, shows here.
 */
public final class SettingsRecordChecks {

    private SettingsRecordChecks() {}

    /** The defaults are exactly these, written as the settings file that says the same. */
    public static void assertDefaults(Record defaults, String yaml) {
        assertThat(SettingsPrinter.print(defaults).strip()).isEqualTo(yaml.strip());
    }

    /** The file sets every key, each to a value that is not its default, and yields the expected record. */
    public static <T extends Record> void assertFullMapping(Path directory, T defaults, String yaml, T expected) {
        Path file = directory.resolve("full-mapping.yaml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> same = new ArrayList<>();
        collectEqual("", defaults, expected, same);
        assertThat(same)
                .as("keys whose expected value is the default, so that nothing is proven")
                .isEmpty();
        assertThat(SettingsLoader.load(file, defaults)).isEqualTo(expected);
    }

    private static void collectEqual(String prefix, Record defaults, Record expected, List<String> same) {
        for (RecordComponent component : defaults.getClass().getRecordComponents()) {
            String key = prefix + Keys.kebab(component.getName());
            Object before = read(component, defaults);
            Object after = read(component, expected);
            if (before instanceof Record one
                    && after instanceof Record two
                    && one.getClass().getRecordComponents().length > 1) {
                collectEqual(key + ".", one, two, same);
            } else if (Objects.equals(before, after)) {
                same.add(key);
            }
        }
    }

    private static @Nullable Object read(RecordComponent component, Record from) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(from);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
