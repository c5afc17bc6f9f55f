package io.holdfast.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher as it is, in a small source tree of its own, with a JDK and a Maven that only write down how they were
 * called. What is tested is the script: what it finds, when it builds, what it says.
 */
@Timeout(120)
final class LauncherTest {

    private record Result(int code, String out, String err) {}

    @TempDir
    Path temporary;

    private Path tree;
    private Path tools;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void plant() throws IOException {
        tree = Files.createDirectories(temporary.resolve("a source tree"));
        Path launcher = Path.of("..", "holdfast").toAbsolutePath().normalize();
        Files.copy(launcher, tree.resolve("holdfast"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(tree.resolve("bin"));
        Files.createDirectories(tree.resolve(".mvn"));
        Files.writeString(
                tree.resolve("bin/requirements.tsv"),
                "build\tmvn\tmaven\tbuilds\nlab\tno-such-probe\tqemu\truns guests\n");
        Files.writeString(tree.resolve("pom.xml"), "<project/>");
        Files.createDirectories(tree.resolve("server/src/main"));
        Files.writeString(tree.resolve("server/pom.xml"), "<project/>");
        Files.writeString(tree.resolve("server/src/main/A.java"), "class A {}");
        tools = Files.createDirectories(temporary.resolve("tools"));
        maven("mkdir -p server/target/dist/lib; echo '[INFO] Building server 0.1 [12/12]'");
        environment.put("JAVA_HOME", jdk("jdk-25", "25.0.3").toString());
        environment.put("HOLDFAST_JVM_DIRS", "");
        environment.put("PATH", tools + ":/usr/bin:/bin");
        environment.put("HOME", temporary.toString());
    }

    @Test
    void buildsOnceThenStartsQuietly() throws Exception {
        Result first = launch("host", "list");
        assertThat(first.code).isZero();
        assertThat(first.err).contains("building").contains("[12/12] server").contains("built in");
        assertThat(first.out).contains("io.holdfast.server.Main host list");

        Result second = launch("host", "list");
        assertThat(second.err).isEmpty();
        assertThat(second.out).contains("io.holdfast.server.Main host list");
    }

    @Test
    void buildsAgainWhenASourceIsNewerOrGone() throws Exception {
        launch("x");
        age();
        assertThat(launch("x").err).isEmpty();
        Files.writeString(tree.resolve("server/src/main/A.java"), "class A { int changed; }");
        assertThat(launch("x").err).contains("building");
        age();
        assertThat(launch("x").err).isEmpty();
        Files.delete(tree.resolve("server/src/main/A.java"));
        assertThat(launch("x").err).contains("building");
    }

    @Test
    void aFailedBuildShowsItsErrorsAndTheOldBuildStaysStale() throws Exception {
        launch("x");
        age();
        Files.writeString(tree.resolve("server/src/main/A.java"), "class A { wrong }");
        maven("echo '[ERROR] A.java:[1,11] not a statement'; exit 1");
        Result failed = launch("x");
        assertThat(failed.code).isEqualTo(71);
        assertThat(failed.err).contains("not a statement").contains("HOLDFAST_BUILD=never");
        assertThat(failed.out).isEmpty();
        assertThat(launch("x").code).as("still stale, so tried again").isEqualTo(71);

        environment.put("HOLDFAST_BUILD", "never");
        assertThat(launch("x").code).isZero();
    }

    @Test
    void callsAtTheSameTimeBuildOnce() throws Exception {
        maven("echo ran >> builds; sleep 1; mkdir -p server/target/dist/lib");
        List<Process> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(start(tree.resolve("holdfast"), tree, List.of("x")));
        }
        for (Process call : calls) {
            assertThat(call.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(call.exitValue()).isZero();
        }
        assertThat(Files.readAllLines(tree.resolve("builds"))).hasSize(1);
    }

    @Test
    void runsFromAnyDirectoryAndThroughALink() throws Exception {
        Path elsewhere = Files.createDirectories(temporary.resolve("else where"));
        assertThat(run(tree.resolve("holdfast"), elsewhere, "x").out).contains("Main x");
        Path link = Files.createSymbolicLink(elsewhere.resolve("hf"), tree.resolve("holdfast"));
        assertThat(run(link, elsewhere, "a b", "--c=*").out).contains("Main a b --c=*");
    }

    @Test
    void saysWhatToDoWhenThereIsNoJdk() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-17", "17.0.9").toString());
        Result result = launch("x");
        assertThat(result.code).isEqualTo(70);
        assertThat(result.err)
                .contains("no JDK 25 or newer")
                .contains("is Java 17.0.9")
                .contains("export JAVA_HOME");
        environment.remove("JAVA_HOME");
        assertThat(launch("x").code).isEqualTo(70);
    }

    @Test
    void findsAJdkInTheUsualPlacesAndPrefersTheVersionItIsTestedWith() throws Exception {
        environment.remove("JAVA_HOME");
        Path jvms = temporary.resolve("all jvms");
        for (String version : List.of("17.0.1", "25.0.3", "27-ea")) {
            Files.createDirectories(jvms);
            Files.move(jdk("j" + version, version), jvms.resolve("j" + version));
        }
        environment.put("HOLDFAST_JVM_DIRS", temporary.resolve("none") + ":" + jvms);
        assertThat(launch("x").err).contains("JDK: " + jvms.resolve("j25.0.3"));
    }

    @Test
    void aRuntimeWithoutCompilerIsNotEnoughInTheSourceTree() throws Exception {
        Path jre = jdk("jre", "25.0.3");
        Files.delete(jre.resolve("bin/javac"));
        environment.put("JAVA_HOME", jre.toString());
        assertThat(launch("x").err).contains("has no compiler");
    }

    @Test
    void boundsTheMemoryOfTheProcessesByTheirKind() throws Exception {
        launch("x");
        environment.put("HOLDFAST_PRINT_COMMAND", "1");
        assertThat(launch("controller", "--settings", "c.yaml").out)
                .contains("-Xmx208m")
                .contains("UseG1GC");
        assertThat(launch("agent", "--settings", "a.yaml").out)
                .contains("-Xmx64m")
                .contains("UseSerialGC");
        assertThat(launch("agent-supervisor", "--settings", "a.yaml").out)
                .as("it stands beside every agent")
                .contains("-Xmx24m")
                .contains("UseSerialGC");
        assertThat(launch("simulate", "--seeds", "1..9").out)
                .as("what reckons for minutes gets the optimizing compiler")
                .contains("UseParallelGC")
                .doesNotContain("TieredStopAtLevel");
        assertThat(launch("bench", "false-alarms").out).contains("UseParallelGC");
        assertThat(launch("bench", "membership", "--agents", "10").out)
                .as("a controller's memory is measured in a process that is bounded as a controller is")
                .contains("-Xmx208m")
                .contains("UseG1GC");
        Path prepared = Files.createDirectories(tree.resolve("server/target/dist/aot"));
        Files.writeString(prepared.resolve("controller.aot"), "");
        assertThat(launch("controller", "--settings", "c.yaml").out)
                .as("what the JVM thinks of the cache must not stand between our lines on stdout")
                .contains("controller.aot", "-Xlog:aot\\*=off", "-Xlog:cds\\*=off");
        environment.put("HOLDFAST_JAVA_OPTS", "-Da=1 -Db=2");
        assertThat(launch("host", "list").out).contains("-Xmx256m").contains("-Da=1 -Db=2");
    }

    @Test
    void theDistributionRunsWithoutASourceTree() throws Exception {
        Path dist = Files.createDirectories(temporary.resolve("opt holdfast"));
        Files.createDirectories(dist.resolve("bin"));
        Files.createDirectories(dist.resolve("lib"));
        Files.copy(tree.resolve("holdfast"), dist.resolve("bin/holdfast"), StandardCopyOption.COPY_ATTRIBUTES);
        Result result = run(dist.resolve("bin/holdfast"), temporary, "host", "list");
        assertThat(result.err).isEmpty();
        assertThat(result.out).contains("holdfast.home=" + dist).contains("Main host list");
        assertThat(run(dist.resolve("bin/holdfast"), temporary, "test").err).contains("no sources to test");
    }

    @Test
    void theTestCommandAddsUpTheReportsAndSaysWhatDidNotRun() throws Exception {
        maven("""
                mkdir -p server/target/surefire-reports server/target/dist/lib
                printf '<?xml version="1.0"?>\\n<testsuite name="a.B" tests="5" errors="0" skipped="1" failures="0">' > server/target/surefire-reports/TEST-a.B.xml
                echo "[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 1"
                """);
        Result result = launch("test", "--fast");
        assertThat(result.code).isZero();
        assertThat(result.out)
                .contains("Tests run: 5, Failures: 0")
                .containsPattern("total +4 passed +0 failed +1 skipped")
                .contains("NOT RUN: the tests on real libvirt hosts, because --fast was given")
                .contains("NOT RUN: 1 test(s), which do not say why");
        assertThat(result.out.strip())
                .endsWith("ALL PASSED that ran; left out: the tests on real libvirt hosts, because --fast was given; "
                        + "1 test(s), which do not say why");
    }

    /** A suite of that many tests, of which these were skipped. */
    private void suite(int tests, String... skipped) throws IOException {
        StringBuilder report = new StringBuilder("<testsuite name=\"a.B\" tests=\"" + tests
                + "\" errors=\"0\" skipped=\"" + skipped.length + "\" failures=\"0\">\n");
        for (String why : skipped) {
            report.append("  <testcase name=\"x\"><skipped message=\"")
                    .append(why)
                    .append("\"/></testcase>\n");
        }
        Path prepared = Files.writeString(temporary.resolve("report"), report.append("</testsuite>\n"));
        maven("mkdir -p server/target/surefire-reports server/target/dist/lib; cp '" + prepared
                + "' server/target/surefire-reports/TEST-a.B.xml");
    }

    /** The script takes this machine for one that cannot run the lab, whatever it is. */
    private void noLab() throws IOException {
        executable(tools.resolve("uname"), "echo Darwin");
    }

    @Test
    void aRunWithoutTheLabGoesOnAndItsLastLineSaysSo() throws Exception {
        suite(2);
        noLab();

        Result result = launch("test");

        assertThat(result.code).isZero();
        assertThat(result.out.strip())
                .endsWith("ALL PASSED that ran; left out: the tests on real libvirt hosts, because this is not Linux");
    }

    @Test
    void whoAsksForEverythingIsRefusedASuccessWithoutTheLab() throws Exception {
        suite(2);
        noLab();

        Result result = launch("test", "--complete");

        assertThat(result.code).isEqualTo(75);
        assertThat(result.out).containsPattern("total +2 passed").doesNotContain("ALL PASSED");
        assertThat(result.err)
                .contains("FAILED: all that ran passed, and these did not run")
                .contains("the tests on real libvirt hosts, because this is not Linux");
        assertThat(launch("test", "--complete", "--fast").code).isEqualTo(2);
    }

    @Test
    void whatWasSkippedIsNamedOnceWithItsReasonAndIsNotComplete() throws Exception {
        suite(
                5,
                "ipmi_sim is not installed (package openipmi)",
                "Assumption failed: needs &quot;script&quot;(1) &amp; a terminal",
                "ipmi_sim is not installed (package openipmi)");
        // As if this machine could run the lab, of which nothing is missing.
        executable(tools.resolve("unshare"), "exit 0");
        Files.writeString(tree.resolve("bin/requirements.tsv"), "build\tmvn\tmaven\tbuilds\n");

        Result all = runAs(Who.ROOT, "test", "--complete");

        assertThat(all.out)
                .contains("NOT RUN: 2 test(s), because ipmi_sim is not installed (package openipmi)")
                .contains("NOT RUN: 1 test(s), because needs \"script\"(1) & a terminal");
        assertThat(all.code).isEqualTo(75);
        assertThat(all.err).contains("  2 test(s), because ipmi_sim is not installed");
        assertThat(runAs(Who.ROOT, "test").code).as("without --complete").isZero();

        suite(5);
        Result complete = runAs(Who.ROOT, "test", "--complete");
        assertThat(complete.code).as(complete.err).isZero();
        assertThat(complete.out.strip()).endsWith("ALL PASSED");
    }

    @Test
    void continuousIntegrationFailsWhereTheLabCannotRun() throws Exception {
        suite(2);
        noLab();
        Files.createDirectories(tree.resolve(".ci"));
        Files.copy(Path.of("..", ".ci", "run"), tree.resolve(".ci/run"), StandardCopyOption.COPY_ATTRIBUTES);
        environment.put("HOLDFAST_SIMULATION_SEEDS", "1..2");

        Result result = run(tree.resolve(".ci/run"), temporary);

        assertThat(result.code).isEqualTo(75);
        assertThat(result.err).contains("the tests on real libvirt hosts, because this is not Linux");
    }

    @Test
    void aFailedTestFailsTheTestCommandAndIsNamed() throws Exception {
        maven("""
                mkdir -p server/target/surefire-reports
                printf '<testsuite name="a.B" tests="2" errors="1" skipped="0" failures="0">' > server/target/surefire-reports/TEST-a.B.xml
                exit 1
                """);
        Result result = launch("test", "--fast");
        assertThat(result.code).isEqualTo(74);
        assertThat(result.out).contains("failed in a.B").doesNotContain("ALL PASSED");
    }

    @Test
    void aRunWithoutAnyTestIsNoSuccess() throws Exception {
        maven("true");
        assertThat(launch("test", "--fast").code).isNotZero();
    }

    @Test
    void theTestCommandHasATimeLimit() throws Exception {
        maven("sleep 60");
        environment.put("HOLDFAST_TEST_LIMIT", "1s");
        Result result = launch("test", "--fast");
        assertThat(result.code).isEqualTo(73);
        assertThat(result.err).contains("time limit of 1s");
        environment.put("HOLDFAST_TEST_LIMIT", "soon");
        assertThat(launch("test", "--fast").code).isEqualTo(2);
    }

    @Test
    void rootWithoutATerminalIsToldWhatIsInstalledAndWhy() throws Exception {
        Path installed = somePackageIsMissing();
        Result result = runAs(Who.ROOT, "test", "--fast");
        assertThat(result.err)
                .containsSubsequence(
                        "some-package",
                        "does something",
                        "there is no terminal to ask on, and this is root: running 'apt-get install",
                        "some-package'",
                        "--no-install",
                        "installed in");
        assertThat(installed).content().contains("install -y --no-install-recommends some-package");
        assertThat(result.code).as("a run without any test, but one that began").isNotEqualTo(72);
    }

    @Test
    void theDemoSetsAFreshMachineUpBeforeItBuilds() throws Exception {
        Path installed = somePackageIsMissing();
        maven("test -e '" + installed + "' || exit 1; mkdir -p server/target/dist/lib");
        Result result = runAs(Who.ROOT, "demo", "--simulated");
        assertThat(result.code).isZero();
        assertThat(result.out).contains("Main demo --simulated").doesNotContain("install");
        assertThat(installed).content().contains("some-package");
    }

    @ParameterizedTest
    @ValueSource(strings = {"test", "demo", "lab up"})
    void whoForbidsInstallationIsToldTheCommandAndNothingIsInstalled(String command) throws Exception {
        Path installed = somePackageIsMissing();
        for (Who who : Who.values()) {
            String sudo = who == Who.ROOT ? "" : "sudo ";
            Result result = runAs(who, (command + " --no-install").split(" "));
            assertThat(result.code).as(who.name()).isEqualTo(72);
            assertThat(result.err)
                    .contains("some-package")
                    .contains("does something")
                    .contains("nothing was installed, because of --no-install. The command is: " + sudo
                            + "apt-get install --no-install-recommends some-package");
            assertThat(installed).doesNotExist();
        }
    }

    @Test
    void whoIsNotRootIsNotTakenAtTheirWordWithoutATerminal() throws Exception {
        Path installed = somePackageIsMissing();
        Result result = runAs(Who.SOMEBODY, "demo", "--simulated");
        assertThat(result.code).isEqualTo(72);
        assertThat(result.err)
                .contains("there is no terminal to ask on")
                .contains("--yes: sudo apt-get install --no-install-recommends some-package");
        assertThat(installed).doesNotExist();
    }

    @Test
    void onATerminalRootIsAskedToo() throws Exception {
        Path script = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(script), "needs script(1), which makes a terminal");
        Path installed = somePackageIsMissing();
        // script gives what it runs a terminal, and types what it is given.
        for (String answer : List.of("n", "y")) {
            Path typed = Files.writeString(temporary.resolve("typed"), answer + "\n");
            Path seen = temporary.resolve("seen-" + answer);
            List<String> command = new ArrayList<>(Who.ROOT.prefix());
            command.addAll(List.of(
                    script.toString(), "-qec", "'" + tree.resolve("holdfast") + "' demo --simulated", "/dev/null"));
            ProcessBuilder builder = builder(command, tree)
                    .redirectInput(typed.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(seen.toFile());
            builder.environment().put("SHELL", "/bin/sh");
            Process process = builder.start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(seen).content().contains("some-package", "does something", "run 'apt-get install", "now? [Y/n]");
            if (answer.equals("n")) {
                assertThat(process.exitValue()).isEqualTo(72);
                assertThat(seen).content().contains("nothing was installed");
                assertThat(installed).doesNotExist();
            } else {
                assertThat(installed).content().contains("some-package");
            }
        }
    }

    @Test
    void whatIsToRunInsideTheLabKeepsItsOwnOptions() throws Exception {
        launch("x");
        assertThat(launch("lab", "shell", "--", "apt-get", "--yes", "install").out)
                .contains("Main lab shell -- apt-get --yes install");
        assertThat(launch("lab", "down", "--yes").out).contains("Main lab down").doesNotContain("--yes");
    }

    /** Returns the file that is there once it was installed. */
    private Path somePackageIsMissing() throws IOException {
        Path installed = temporary.resolve("installed");
        environment.put(
                "HOLDFAST_SERVICE_GUARD", temporary.resolve("policy-rc.d").toString());
        Files.writeString(
                tree.resolve("bin/requirements.tsv"), "build\tno-such-command\tsome-package\tdoes something\n");
        executable(tools.resolve("sudo"), "[ \"$1\" = -n ] && shift; exec \"$@\"");
        executable(tools.resolve("apt-get"), "case \"$*\" in *install*) echo \"$*\" >> '" + installed + "';; esac");
        return installed;
    }

    /** Whoever runs these tests, the script is to see root, or somebody else. A user namespace shows it either. */
    private enum Who {
        ROOT("-Ur"),
        SOMEBODY("-U");

        private final String option;

        Who(String option) {
            this.option = option;
        }

        List<String> prefix() {
            boolean root = "root".equals(System.getProperty("user.name"));
            return root == (this == ROOT) ? List.of() : List.of("unshare", option, "--");
        }
    }

    private Result runAs(Who who, String... arguments) throws Exception {
        if (!who.prefix().isEmpty()) {
            Process probe = new ProcessBuilder("unshare", who.option, "true").start();
            assumeTrue(
                    probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0,
                    "this machine does not let us appear as somebody else (user namespaces)");
        }
        List<String> command = new ArrayList<>(who.prefix());
        command.add(tree.resolve("holdfast").toString());
        command.addAll(List.of(arguments));
        return finish(builder(command, tree));
    }

    @Test
    void installsWhatIsMissingWhenToldToAndKeepsServicesFromStartingMeanwhile() throws Exception {
        Path guard = temporary.resolve("policy-rc.d");
        environment.put("HOLDFAST_SERVICE_GUARD", guard.toString());
        Files.writeString(tree.resolve("bin/requirements.tsv"), "build\tno-such-command\tsome-package\twhy\n");
        executable(tools.resolve("sudo"), "[ \"$1\" = -n ] && shift; exec \"$@\"");
        executable(
                tools.resolve("apt-get"),
                "echo \"apt-get $*, guarded: $(test -x '" + guard + "' && echo yes)\" >> '" + temporary + "/apt'");
        maven("mkdir -p server/target/dist/lib");

        Result result = launch("test", "--fast", "--yes");

        assertThat(result.err).contains("some-package").contains("installed in");
        assertThat(Files.readAllLines(temporary.resolve("apt")))
                .hasSize(2)
                .anyMatch(line -> line.contains(" update, guarded: yes"))
                .anyMatch(line -> line.contains("install -y --no-install-recommends some-package, guarded: yes"));
        assertThat(guard).doesNotExist();

        environment.put("CI", "true");
        assertThat(launch("test", "--fast").err).as("nobody to ask in CI").contains("installed in");
        executable(tools.resolve("apt-get"), "exit 100");
        assertThat(launch("test", "--fast", "--yes").code).isEqualTo(72);
        assertThat(guard).doesNotExist();
    }

    @Test
    void wrongOptionsOfTheTestCommandAreToldWithItsUsage() throws Exception {
        assertThat(launch("test", "--fats").code).isEqualTo(2);
        assertThat(launch("test", "--module", "nothing").err).contains("there is no module 'nothing'");
        assertThat(launch("test", "--help").out).contains("Usage: ./holdfast test");
    }

    // --- the surroundings ---

    /** Makes everything of the tree older than the last build, as it is a minute after. */
    private void age() throws IOException {
        FileTime before = FileTime.from(Instant.now().minusSeconds(60));
        try (var all = Files.walk(tree)) {
            for (Path path : all.filter(path -> !path.startsWith(tree.resolve("server/target")))
                    .toList()) {
                Files.setLastModifiedTime(path, before);
            }
        }
        Files.setLastModifiedTime(
                tree.resolve("server/target/dist/.built"),
                FileTime.from(Instant.now().minusSeconds(30)));
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = temporary.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"test\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(home.resolve("bin/java"), "echo \"java $*\"");
        executable(home.resolve("bin/javac"), "true");
        return home;
    }

    private void maven(String body) throws IOException {
        executable(tools.resolve("mvn"), body);
    }

    private static void executable(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result launch(String... arguments) throws Exception {
        return run(tree.resolve("holdfast"), tree, arguments);
    }

    private Result run(Path launcher, Path directory, String... arguments) throws Exception {
        return finish(builder(launcher, directory, List.of(arguments)));
    }

    private Result finish(ProcessBuilder builder) throws Exception {
        Path out = Files.createTempFile(temporary, "out", "");
        Path err = Files.createTempFile(temporary, "err", "");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private Process start(Path launcher, Path directory, List<String> arguments) throws IOException {
        return builder(launcher, directory, arguments)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private ProcessBuilder builder(Path launcher, Path directory, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(launcher.toString());
        command.addAll(arguments);
        return builder(command, directory);
    }

    private ProcessBuilder builder(List<String> command, Path directory) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }
}
