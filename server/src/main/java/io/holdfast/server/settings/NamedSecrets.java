package io.holdfast.server.settings;

import io.holdfast.model.SecretFile;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every secret that settings name. Found by walking the records, so that none is forgotten: a setting that names a secret has
 * the type {@link SecretFile}, and no other is opened as one.
 */
public final class NamedSecrets {

    /** @param setting its full key, or what it is for */
    public record Named(String setting, SecretFile file) {}

    private NamedSecrets() {}

    /** In the order of the settings; what the process keeps of its own accord last, if it is there. */
    public static List<Named> in(Record settings) {
        List<Named> found = new ArrayList<>();
        walk(found, "", settings);
        if (settings instanceof KeepsSecrets keeper) {
            new TreeMap<>(keeper.ownSecrets()).forEach((what, file) -> {
                if (Files.exists(file.path())) {
                    found.add(new Named(what, file));
                }
            });
        }
        return List.copyOf(found);
    }

    private static void walk(List<Named> found, String key, @Nullable Object value) {
        switch (value) {
            case SecretFile file -> found.add(new Named(key, file));
            case Record record -> {
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    walk(
                            found,
                            below(key, Keys.kebab(component.getName())),
                            SettingsPrinter.valueOf(component, record));
                }
            }
            case Map<?, ?> map ->
                new TreeMap<>(named(map)).forEach((name, each) -> walk(found, below(key, name), each));
            case List<?> list -> list.forEach(each -> walk(found, key, each));
            case null, default -> {
                // A plain value.
            }
        }
    }

    private static Map<String, Object> named(Map<?, ?> map) {
        Map<String, Object> named = new TreeMap<>();
        map.forEach((name, each) -> named.put(String.valueOf(name), each));
        return named;
    }

    private static String below(String key, String name) {
        return key.isEmpty() ? name : key + "." + name;
    }
}
