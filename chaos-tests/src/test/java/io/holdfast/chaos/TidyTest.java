package io.holdfast.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Habits that a compiler does not keep: what must not stand in a source file, and what must stand beside it. */
final class TidyTest {

    /**
     * No file grows past this without a decision: either it is split, or it is listed here with its present length,
     * rounded up, which may only go down.
     */
    private static final int LINES_LIMIT = 900;

    private static final Map<String, Integer> LONGER_FOR_NOW = Map.of(
            // The inbox, the journal's writes and the commands of one segment in one class; the journal's writes are
            // what
            // could leave it first.
            "RecoveryEngine.java", 1250,
            // One owner of one host's goals; adoption is what could leave it first.
            "Agent.java", 1100,
            "Lab.java", 1000);

    /** What the root of the repository has, and what each is for is in README.md and CONTRIBUTING.md. */
    private static final Set<String> AT_THE_ROOT = Set.of(
            ".ci",
            ".git",
            ".gitignore",
            ".mvn",
            "ARCHITECTURE.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "LICENSE",
            "README.md",
            "api",
            "bin",
            "chaos-tests",
            "compute",
            "docs",
            "fencing",
            "holdfast",
            "guest",
            "identity",
            "lab",
            "lab-stories",
            "membership",
            "model",
            "network",
            "placement",
            "notifications",
            "pom.xml",
            "recovery",
            "scheduler",
            "secrets",
            "server",
            "slot",
            "store");

    private static final Path ROOT = root();

    @Test
    void sourcesHaveNoTabs() {
        assertThat(offences(_ -> true, Pattern.compile("\t"))).isEmpty();
    }

    @Test
    void nothingIsLeftToDoInComments() {
        // Spelt in two halves so that this file does not report itself.
        assertThat(offences(_ -> true, Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b")))
                .isEmpty();
    }

    @Test
    void onlyTheCommandLineWritesToStandardOutput() {
        Predicate<Path> modules = file -> isMain(file)
                && !file.toString().contains("/server/cli/")
                && !file.toString().contains("/server/demo/")
                && !file.toString().contains("/server/lab/");
        assertThat(offences(modules, Pattern.compile("(?<!\")System\\.(out|err)\\b")))
                .isEmpty();
    }

    @Test
    void testsWaitForConditionsAndDoNotSleep() {
        Predicate<Path> tests = file -> !isMain(file) && !file.endsWith("TidyTest.java");
        assertThat(offences(tests, Pattern.compile("Thread\\.sleep|TimeUnit\\.[A-Z]+\\.sleep")))
                .isEmpty();
    }

    @Test
    void everyPackageOfTheProductTellsWhatItIsFor() {
        List<Path> silent = sources().stream()
                .filter(TidyTest::isMain)
                .map(Path::getParent)
                .distinct()
                .filter(directory -> !Files.exists(directory.resolve("package-info.java")))
                .toList();
        assertThat(silent).isEmpty();
    }

    @Test
    void noFileGrowsBeyondItsLimit() throws IOException {
        Map<String, Integer> tooLong = new TreeMap<>();
        for (Path file : sources()) {
            try (Stream<String> lines = Files.lines(file)) {
                int count = (int) lines.count();
                if (count > LONGER_FOR_NOW.getOrDefault(file.getFileName().toString(), LINES_LIMIT)) {
                    tooLong.put(ROOT.relativize(file).toString(), count);
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void theRootHasOnlyWhatItIsKnownToHave() throws IOException {
        List<String> names;
        try (Stream<Path> entries = Files.list(ROOT)) {
            names = entries.map(path -> path.getFileName() + (Files.isDirectory(path) ? "/" : ""))
                    .toList();
        }
        assertThat(strangers(names, Files.readAllLines(ROOT.resolve(".gitignore"))))
                .as("files and folders in the root of the repository that do not belong there: remove them (a dump, a"
                        + " note), move them where they belong, or, if the root is to have them, add them to"
                        + " AT_THE_ROOT in TidyTest")
                .isEmpty();
        assertThat(AT_THE_ROOT.stream().filter(name -> !Files.exists(ROOT.resolve(name)) && !name.equals(".git")))
                .as("named in AT_THE_ROOT of TidyTest and not there any more: take them off the list")
                .isEmpty();
    }

    @Test
    void aStrangerAtTheRootIsRecognised() {
        List<String> ignored = List.of("target/", "# a comment", "", "*.iml", ".idea/", ".project");
        assertThat(strangers(
                        List.of("README.md", "api/", ".git/", "target/", ".idea/", "holdfast.iml", ".project"),
                        ignored))
                .isEmpty();
        assertThat(strangers(List.of("heap.hprof", "replay_pid12.log", "notes/", "target", "x.iml.txt"), ignored))
                .containsExactly("heap.hprof", "notes/", "replay_pid12.log", "target", "x.iml.txt");
    }

    /**
     * @param names those of folders end with a slash
     * @param ignored lines of .gitignore, of which those that speak of one name are understood: tools leave these behind, and
     *     git never takes them in
     */
    private static List<String> strangers(List<String> names, List<String> ignored) {
        Pattern left = Pattern.compile(ignored.stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> Pattern.quote(line.strip()).replace("*", "\\E[^/]*\\Q") + (line.endsWith("/") ? "" : "/?"))
                .collect(Collectors.joining("|")));
        return names.stream()
                .filter(name -> !AT_THE_ROOT.contains(name.replace("/", "")))
                .filter(name -> !left.matcher(name).matches())
                .sorted()
                .toList();
    }

    private static List<String> offences(Predicate<Path> which, Pattern pattern) {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            if (which.test(file)) {
                List<String> lines = read(file);
                for (int i = 0; i < lines.size(); i++) {
                    if (pattern.matcher(lines.get(i)).find()) {
                        found.add(ROOT.relativize(file) + ":" + (i + 1) + ": "
                                + lines.get(i).strip());
                    }
                }
            }
        }
        return found;
    }

    private static boolean isMain(Path file) {
        return file.toString().contains("/src/main/");
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new AssertionError("cannot read " + file, e);
        }
    }

    private static List<Path> sources() {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.filter(path -> Files.exists(path.resolve("pom.xml")))
                    .toList()) {
                Path src = module.resolve("src");
                if (Files.isDirectory(src)) {
                    try (Stream<Path> files = Files.walk(src)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(all::add);
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError("cannot list the sources", e);
        }
        assertThat(all).as("the sources were found").hasSizeGreaterThan(20);
        return all;
    }

    private static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("holdfast")) && directory.getParent() != null) {
            directory = directory.getParent();
        }
        return directory;
    }
}
