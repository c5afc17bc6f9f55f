package io.holdfast.fencing.agents;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.agents.core.AgentCall;
import io.holdfast.fencing.agents.core.AgentRun;
import io.holdfast.secrets.Subprocess;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a program once, within bounds, and leaves nothing of it behind.
 *
 * <p><b>How it is started.</b> Through three small programs of util-linux that each replace themselves by the next, so that
 * the process that we started is the agent itself: {@code setpriv} (no new privileges; ended by the kernel when we are
 * gone; another user, if the settings say so), {@code prlimit} (limited output, no core dump that could hold a secret),
 * {@code setsid} (a process group of its own, and no terminal that {@code ssh} could ask for a password).
 *
 * <p><b>How it is ended.</b> By SIGKILL to the whole group, since it is an order about to go wrong and gets no time for
 * second thoughts. What has left the group (a daemon, {@code ssh} that keeps its connection) is known by a mark in the
 * environment that children inherit, and is looked for after every run until two looks find nobody.
 *
 * <p><b>What if we die here?</b> The kernel kills the agent; a program that the agent itself has started may end its own
 * way, within the device's own time.
 *
 * <p>Any thread may call; calls share nothing.
 */
final class AgentRunner {

    private static final Logger LOG = LoggerFactory.getLogger(AgentRunner.class);

    /** For each of the two outputs. Too small: the list of a large hypervisor is cut off; too large: memory for nothing. */
    static final int OUTPUT_BYTES_MAX = 1 << 20;

    /** Says whose process it is. Not a secret. */
    static final String MARK = "HOLDFAST_FENCE_RUN";

    /** Kept back at the end of the caller's time for killing and reading; a tenth of short times. */
    private static final Duration KEPT_BACK = Duration.ofMillis(150);

    private static final Duration CLEARING_MAX = Duration.ofSeconds(2);
    private static final File PROC = new File("/proc");
    private static final int SIGNAL_CODES_FROM = 128;
    private static final List<Path> NEEDED =
            List.of(Path.of("/usr/bin/setpriv"), Path.of("/usr/bin/prlimit"), Path.of("/usr/bin/setsid"));

    private final Posix posix;
    private final FencingSettings.Agents rules;

    AgentRunner(Posix posix, FencingSettings.Agents rules) {
        this.posix = posix;
        this.rules = rules;
    }

    /** Whether agents run as another account than ours. */
    boolean asAnother() {
        return rules.user() != null;
    }

    /** What the machine lacks for running agents; empty if nothing. */
    static List<Path> missing() {
        return NEEDED.stream().filter(each -> !Files.isExecutable(each)).toList();
    }

    /**
     * @param call what it is told; its input has at most 4096 bytes
     * @param limit after which it is killed, and this method back
     */
    AgentRun run(Path program, AgentCall call, Duration limit) {
        long startNanos = System.nanoTime();
        Duration kept = limit.dividedBy(10).compareTo(KEPT_BACK) < 0 ? limit.dividedBy(10) : KEPT_BACK;
        Duration own = limit.minus(kept);
        String mark = UUID.randomUUID().toString();
        // Taken away while we clear up, because reading a file with it set fails; given back at the end.
        boolean interrupted = false;
        try (Posix.MemoryFile out = posix.memoryFile("fence-out");
                Posix.MemoryFile err = posix.memoryFile("fence-err")) {
            Process process =
                    builder(program, call, mark, out.path(), err.path()).start();
            tell(process, call.input());
            AgentRun.Ending ending = ended(process, own, startNanos);
            interrupted = Thread.interrupted() || ending instanceof AgentRun.Interrupted;
            clear(process, ending, mark, program);
            boolean cut = out.size() >= OUTPUT_BYTES_MAX || err.size() >= OUTPUT_BYTES_MAX;
            return new AgentRun(ending, out.text(OUTPUT_BYTES_MAX), err.text(OUTPUT_BYTES_MAX), cut, since(startNanos));
        } catch (IOException e) {
            return new AgentRun(
                    new AgentRun.NotStarted(String.valueOf(e.getMessage())), "", "", false, since(startNanos));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private ProcessBuilder builder(Path program, AgentCall call, String mark, Path out, Path err) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/setpriv", "--pdeathsig", "KILL", "--no-new-privs"));
        if (rules.user() != null) {
            command.addAll(List.of("--reuid", rules.user(), "--regid", rules.groupOrDefault(), "--init-groups"));
        }
        command.addAll(
                List.of("--", "/usr/bin/prlimit", "--fsize=" + OUTPUT_BYTES_MAX, "--core=0", "--", "/usr/bin/setsid"));
        command.add(program.toString());
        ProcessBuilder builder = Subprocess.of(command)
                .directory(Path.of("/").toFile())
                .redirectOutput(Redirect.appendTo(out.toFile()))
                .redirectError(Redirect.appendTo(err.toFile()));
        Map<String, String> environment = builder.environment();
        String home = environment.get("HOME");
        environment.clear();
        environment.putAll(call.environment());
        environment.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("LANG", "C.UTF-8");
        // Complaints of the interpreter about the agent's style are no complaints of the agent.
        environment.put("PYTHONWARNINGS", "ignore");
        environment.put(MARK, mark);
        if (home != null && rules.user() == null) {
            environment.put("HOME", home);
        }
        return builder;
    }

    private static void tell(Process process, String input) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It does not want to know. How it ends tells what that means.
            LOG.debug("an agent did not read what it was told: {}", e.toString());
        }
    }

    private static AgentRun.Ending ended(Process process, Duration own, long startNanos) {
        try {
            if (!process.waitFor(own.minus(since(startNanos)).toNanos(), TimeUnit.NANOSECONDS)) {
                return new AgentRun.TimedOut(own);
            }
        } catch (InterruptedException e) {
            // The caller of this method gives the flag back.
            return new AgentRun.Interrupted();
        }
        int code = process.exitValue();
        return code > SIGNAL_CODES_FROM ? new AgentRun.Signalled(code - SIGNAL_CODES_FROM) : new AgentRun.Exited(code);
    }

    /**
     * Kills what is left of a run: usually nothing. After a run that was killed the caller has no time left, so the look
     * for those that have left the group is taken by a thread of its own.
     */
    private void clear(Process process, AgentRun.Ending ending, String mark, Path program) {
        if (ending instanceof AgentRun.Exited || ending instanceof AgentRun.Signalled) {
            killMarked(mark, program);
            return;
        }
        posix.killGroup(process.pid());
        // Once more by its own number: in its first moments it has no group yet.
        process.destroyForcibly();
        Thread.ofPlatform().daemon().name("fence-clear").start(() -> killMarked(mark, program));
    }

    private static void killMarked(String mark, Path program) {
        long startNanos = System.nanoTime();
        // Twice, because one that begets another and dies is easily missed by a single look.
        for (int nobody = 0; nobody < 2; ) {
            List<ProcessHandle> left = marked(mark);
            left.forEach(ProcessHandle::destroyForcibly);
            nobody = left.isEmpty() ? nobody + 1 : 0;
            if (!left.isEmpty() && since(startNanos).compareTo(CLEARING_MAX) > 0) {
                LOG.warn("fence agent {}: processes that it has started cannot be ended: {}", program, left);
                return;
            }
        }
    }

    /** All processes with the mark in their environment, those that left their group or lost their parent as well. */
    private static List<ProcessHandle> marked(String mark) {
        String wanted = MARK + "=" + mark;
        String[] entries = PROC.list();
        List<ProcessHandle> found = new ArrayList<>();
        for (String each : entries == null ? new String[0] : entries) {
            if (Character.isDigit(each.charAt(0)) && environment(each).contains(wanted)) {
                ProcessHandle.of(Long.parseLong(each)).ifPresent(found::add);
            }
        }
        return found;
    }

    private static String environment(String pid) {
        try (FileInputStream in = new FileInputStream(new File(PROC, pid + "/environ"))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Gone in the meantime, or another user's, which cannot be ours.
            return "";
        }
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }
}
