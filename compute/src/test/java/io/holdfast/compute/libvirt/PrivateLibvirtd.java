package io.holdfast.compute.libvirt;

import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A libvirtd in mount, process and network namespaces of its own, reachable by a socket in a directory.
 *
 * <p>Killing the namespace's first process ends everything in it, guests included.
 */
final class PrivateLibvirtd {

    private final Path directory;
    private final Process init;

    PrivateLibvirtd(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        Path own = Files.createDirectories(directory.resolve("libvirt"));
        for (String name : List.of("etc", "lib", "log", "cache", "run")) {
            Files.createDirectories(own.resolve(name));
        }
        Files.createDirectories(own.resolve("etc/qemu"));
        Files.writeString(own.resolve("etc/libvirtd.conf"), """
                listen_tls = 0
                listen_tcp = 0
                auth_unix_rw = "none"
                unix_sock_group = "root"
                """);
        Files.writeString(own.resolve("etc/qemu.conf"), """
                security_driver = "none"
                user = "root"
                group = "root"
                dynamic_ownership = 0
                remember_owner = 0
                namespaces = []
                cgroup_controllers = []
                stdio_handler = "file"
                lock_manager = "nop"
                """);
        Path script = own.resolve("init.sh");
        Files.writeString(script, """
                set -e
                mount -t proc proc /proc
                mount --bind "$1/etc" /etc/libvirt
                mount --bind "$1/lib" /var/lib/libvirt
                mount --bind "$1/log" /var/log/libvirt
                mount --bind "$1/cache" /var/cache/libvirt
                mkdir -p /run/libvirt
                mount --bind "$1/run" /run/libvirt
                ip link set lo up 2>/dev/null || true
                set +e
                while true; do
                  if [ -e "$1/start" ]; then
                    rm -f "$1/start" /run/libvirtd.pid "$1/run/libvirtd.pid"
                    libvirtd -f /etc/libvirt/libvirtd.conf -p "$1/run/libvirtd.pid" >>"$1/libvirtd.out" 2>&1 &
                    echo $! > "$1/pid"
                  fi
                  sleep 0.05
                done
                """);
        Files.writeString(own.resolve("start"), "");
        init = new ProcessBuilder(
                        "unshare",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--net",
                        "--uts",
                        "--ipc",
                        "--mount",
                        "--propagation",
                        "private",
                        "bash",
                        script.toString(),
                        own.toString())
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("init.out").toFile())
                .start();
    }

    String uri() {
        return "qemu+unix:///system?socket=" + directory.resolve("libvirt/run/libvirt-sock");
    }

    void startDaemon() throws IOException {
        Files.writeString(directory.resolve("libvirt/start"), "");
    }

    void killDaemon() throws IOException {
        signal("-KILL");
    }

    void freezeDaemon() throws IOException {
        signal("-STOP");
    }

    void thawDaemon() throws IOException {
        signal("-CONT");
    }

    void killGuest(InstanceId instance) throws IOException {
        guest(instance).destroyForcibly();
    }

    /** QEMU's process of a guest, found by its name among the descendants of our namespace. */
    private ProcessHandle guest(InstanceId instance) throws IOException {
        try (Stream<ProcessHandle> all = init.descendants()) {
            return all.filter(process -> commandLine(process).contains("guest=" + DomainXml.domainName(instance)))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no process of guest " + instance));
        }
    }

    /** Where the kernel lets each of a guest's processors run, by the names of QEMU's threads: {@code CPU 0/TCG}. */
    SortedMap<String, String> processors(InstanceId instance) throws IOException {
        SortedMap<String, String> allowed = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + guest(instance).pid() + "/task"))) {
            for (Path task : tasks.toList()) {
                String name = Files.readString(task.resolve("comm")).strip();
                if (name.startsWith("CPU ")) {
                    for (String line : Files.readAllLines(task.resolve("status"))) {
                        if (line.startsWith("Cpus_allowed_list:")) {
                            allowed.put(
                                    name, line.substring(line.indexOf(':') + 1).strip());
                        }
                    }
                }
            }
        }
        return allowed;
    }

    private void signal(String signal) throws IOException {
        ProcessHandle daemon;
        try (Stream<ProcessHandle> all = init.descendants()) {
            daemon = all.filter(process -> commandLine(process).startsWith("libvirtd "))
                    .findFirst()
                    .orElseThrow(() -> new IOException("libvirtd does not run"));
        }
        try {
            new ProcessBuilder("kill", signal, Long.toString(daemon.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    void close() throws IOException, InterruptedException {
        List<ProcessHandle> all;
        try (Stream<ProcessHandle> descendants = init.descendants()) {
            all = descendants.toList();
        }
        all.forEach(ProcessHandle::destroyForcibly);
        init.destroyForcibly();
        if (!init.waitFor(10, TimeUnit.SECONDS)) {
            throw new IOException("the namespace of libvirtd did not end");
        }
    }
}
