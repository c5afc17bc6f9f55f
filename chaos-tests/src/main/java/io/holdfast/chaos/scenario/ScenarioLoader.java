package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.ScenarioException.Problem;
import io.holdfast.server.settings.SettingsException;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads scenarios, one folder or a tree of them, and refuses what it does not understand.
 *
 * <p>All mistakes of all files are told at once, each with its file, its line, and the words that would be right. A
 * scenario is handed out only when none is left.
 */
public final class ScenarioLoader {

    private static final List<String> FILES =
            List.of(Scenario.README, Scenario.START, Scenario.EVENTS, Scenario.STORY, Scenario.END);

    private static final int DEPTH_LIMIT = 8;

    private final Path root;
    private final List<Problem> problems = new ArrayList<>();

    private ScenarioLoader(Path root) {
        this.root = root;
    }

    /**
     * Every scenario at or below a directory, in the order of their names.
     *
     * @throws ScenarioException if anything in any of them is wrong, or if there is none
     */
    public static List<Scenario> load(Path directory) {
        ScenarioLoader loader = new ScenarioLoader(directory);
        if (!Files.isDirectory(directory)) {
            throw new ScenarioException(List.of(new Problem(directory.toString(), "there is no such directory")));
        }
        List<Scenario> scenarios = new ArrayList<>();
        for (Path folder : loader.folders()) {
            Scenario scenario = loader.scenario(folder);
            if (scenario != null) {
                scenarios.add(scenario);
            }
        }
        if (scenarios.isEmpty() && loader.problems.isEmpty()) {
            loader.problem(
                    directory.toString(),
                    "there is no scenario here or below; a scenario is a folder with " + String.join(", ", FILES));
        }
        if (!loader.problems.isEmpty()) {
            throw new ScenarioException(loader.problems);
        }
        return List.copyOf(scenarios);
    }

    /** Whoever has one of the files that only scenarios have is meant as a scenario, however incomplete. */
    private List<Path> folders() {
        try (Stream<Path> all = Files.walk(root, DEPTH_LIMIT)) {
            return all.filter(Files::isDirectory)
                    .filter(folder -> Stream.of(Scenario.START, Scenario.EVENTS, Scenario.END, Scenario.STORY)
                            .anyMatch(file -> Files.exists(folder.resolve(file))))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + root, e);
        } catch (UncheckedIOException e) {
            throw new ScenarioException(List.of(new Problem(root.toString(), "cannot be listed: " + e.getMessage())));
        }
    }

    private @Nullable Scenario scenario(Path folder) {
        int before = problems.size();
        strangers(folder);
        String why = required(folder.resolve(Scenario.README));
        if (why != null && why.isBlank()) {
            problem(folder.resolve(Scenario.README).toString(), "is empty; it says why the scenario exists");
        }
        Start start = yaml(folder.resolve(Scenario.START), Start.class, Start.defaults());
        if (start == null) {
            return null;
        }
        Path startFile = folder.resolve(Scenario.START);
        YamlLines startLines = lines(startFile);
        new StartCheck(start, (path, text) -> problem(startFile + ":" + startLines.line(path), text)).run();

        List<TimedEvent> events = List.of();
        Path eventsFile = folder.resolve(Scenario.EVENTS);
        String eventsText = required(eventsFile);
        if (eventsText != null) {
            events = new EventLines(new Cast(start))
                    .read(eventsText.lines().toList(), (line, text) -> problem(eventsFile + ":" + line, text));
        }

        Path endFile = folder.resolve(Scenario.END);
        ExpectedEnd end = yaml(endFile, ExpectedEnd.class, ExpectedEnd.defaults());
        if (end != null) {
            YamlLines endLines = lines(endFile);
            new EndCheck(end, start, (path, text) -> problem(endFile + ":" + endLines.line(path), text)).run();
        }

        Path storyFile = folder.resolve(Scenario.STORY);
        String story = Files.exists(storyFile) ? text(storyFile) : null;
        if (problems.size() > before || why == null || end == null) {
            return null;
        }
        return new Scenario(
                folder,
                name(folder),
                why,
                start,
                events,
                end,
                story == null ? null : story.lines().toList());
    }

    private String name(Path folder) {
        Path below = root.toAbsolutePath()
                .normalize()
                .relativize(folder.toAbsolutePath().normalize());
        String name = below.toString().replace('\\', '/');
        return name.isEmpty()
                ? folder.toAbsolutePath().normalize().getFileName().toString()
                : name;
    }

    /** A file that is spelt a little wrong would be one that nobody reads. */
    private void strangers(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> !FILES.contains(file.getFileName().toString()))
                    .sorted()
                    .forEach(file -> problem(
                            file.toString(),
                            Mistake.unknown("file", file.getFileName().toString(), FILES)
                                    .text()));
        } catch (IOException e) {
            problem(folder.toString(), "cannot be listed: " + e);
        }
    }

    private @Nullable String required(Path file) {
        if (!Files.exists(file)) {
            problem(file.toString(), "is missing; a scenario has " + String.join(", ", FILES));
            return null;
        }
        return text(file);
    }

    private @Nullable String text(Path file) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            problem(file.toString(), "is not UTF-8 text");
        } catch (IOException e) {
            problem(file.toString(), "cannot be read: " + e);
        }
        return null;
    }

    private <T extends Record> @Nullable T yaml(Path file, Class<T> type, T defaults) {
        if (!Files.exists(file)) {
            problem(file.toString(), "is missing; a scenario has " + String.join(", ", FILES));
            return null;
        }
        try {
            return SettingsLoader.loadTellingAllKeys(file, type, defaults);
        } catch (SettingsException e) {
            for (SettingsException.Problem problem : e.problems()) {
                problem(problem.where(), problem.text().replaceFirst("^unknown setting", "unknown key"));
            }
            return null;
        }
    }

    private YamlLines lines(Path file) {
        String text = text(file);
        return YamlLines.of(text == null ? "" : text);
    }

    private void problem(String where, String text) {
        problems.add(new Problem(where, text));
    }
}
