package io.holdfast.fencing;

import io.holdfast.fencing.agents.core.AgentOptions;
import io.holdfast.fencing.core.AttemptTiming;
import io.holdfast.model.SecretFile;
import io.holdfast.slot.SlotPlace;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which devices isolate which host, and how long it may take.
 *
 * @param devices by name, default none. A name is the host's own where a host has one device; others are named by
 *     {@code levels}. A host without a device can only be recovered after somebody confirms with {@code force-down --fenced}
 * @param levels by the host's name or a pattern with {@code *}, what is tried to isolate it, in this order, default none. A
 *     host that no entry fits has one level: the device of its own name. The name goes before a pattern, the pattern with
 *     more characters before the one with fewer. How long all levels of a host may take is
 *     {@code recovery.fence-deadline}
 * @param agents how the programs behind devices of {@code type: agent} are found and run
 * @param callTimeout for one question or order to a device, 200 ms to 1 min, default 3 s. Too short: a slow device counts as silent, and a slow fence agent is killed; too long: one lost datagram uses up the attempt. At most
 *     half of {@code recovery.fence-deadline} and of {@code checkInterval}
 * @param readBackPause between the first and the second read-back, doubling after each, 10 ms to 10 s, default 50 ms.
 *     Too short: a busy device is asked so often that it cannot act; too long: the host is off and nobody knows yet
 * @param readBackPauseMax where the doubling ends, not less than {@code read-back-pause} and at most 30 s, default
 *     500 ms
 * @param ordersMax how often an unanswered order is repeated while the host still has power, 1 to 10, default 3. Too
 *     small: a lossy network fails the attempt; too large: a device that never answers is flooded
 * @param checkInterval between two rehearsals of a host's devices, which touch nothing, 10 s to 1 day, or 0 for none but
 *     those by hand; default 10 min. Too short: a controller with few sessions is often busy; too long: a device that fails
 *     is found when it is needed
 * @param slot the storage slots that this controller watches; needed by devices of {@code type: self-fence}
 * @param kdump whether hosts whose kernel has crashed may write its memory away before their power is cut
 * @param sensors how often the sensors of hosts are read, where their fence devices tell of them
 */
public record FencingSettings(
        Map<String, Device> devices,
        Map<String, List<Level>> levels,
        Agents agents,
        Duration callTimeout,
        Duration readBackPause,
        Duration readBackPauseMax,
        int ordersMax,
        Duration checkInterval,
        Slot slot,
        KdumpSettings kdump,
        SensorSettings sensors) {

    public FencingSettings {
        devices = Map.copyOf(devices);
        levels = copied(levels, devices, slot);
        for (Map.Entry<String, List<Level>> entry : levels.entrySet()) {
            check("fencing.levels." + entry.getKey(), entry.getKey(), entry.getValue(), devices.keySet());
        }
        requireRange("fencing.call-timeout", callTimeout, Duration.ofMillis(200), Duration.ofMinutes(1));
        requireRange("fencing.read-back-pause", readBackPause, Duration.ofMillis(10), Duration.ofSeconds(10));
        requireRange("fencing.read-back-pause-max", readBackPauseMax, readBackPause, Duration.ofSeconds(30));
        if (ordersMax < 1 || ordersMax > 10) {
            throw new IllegalArgumentException("fencing.orders-max must be between 1 and 10, is " + ordersMax);
        }
        if (!checkInterval.isZero()) {
            requireRange("fencing.check-interval", checkInterval, Duration.ofSeconds(10), Duration.ofDays(1));
        }
    }

    public static FencingSettings defaults() {
        return new FencingSettings(
                Map.of(),
                Map.of(),
                Agents.defaults(),
                Duration.ofSeconds(3),
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                3,
                Duration.ofMinutes(10),
                Slot.defaults(),
                KdumpSettings.none(),
                SensorSettings.defaults());
    }

    /** The times of an attempt that has so long. */
    public AttemptTiming timing(Duration deadline) {
        return new AttemptTiming(deadline, callTimeout, readBackPause, readBackPauseMax, ordersMax);
    }

    /** Stands for the host's name in the names of devices. */
    static final String HOST = "{host}";

    private static Map<String, List<Level>> copied(
            Map<String, List<Level>> levels, Map<String, Device> devices, Slot slot) {
        if (slot.path() == null && devices.values().stream().anyMatch(SelfFence.class::isInstance)) {
            throw new IllegalArgumentException(
                    "fencing.devices has one of type self-fence, and fencing.slot.path is missing:"
                            + " whether a host has stopped itself is seen in its storage slot");
        }
        Map<String, List<Level>> copy = new LinkedHashMap<>();
        levels.forEach((name, ladder) -> copy.put(
                name,
                ladder.stream()
                        .map(level -> restsOn(SelfFence.class, level, devices)
                                ? slot.timed("fencing.levels." + name, level)
                                : restsOn(Kdump.class, level, devices) ? KdumpSettings.timed(level) : level)
                        .toList()));
        return Map.copyOf(copy);
    }

    private static boolean restsOn(Class<? extends Device> kind, Level level, Map<String, Device> devices) {
        return level.devices().stream().map(devices::get).anyMatch(kind::isInstance);
    }

    static boolean isPattern(String name) {
        return name.contains("*");
    }

    private static void check(String key, String host, List<Level> ladder, Set<String> known) {
        if (!host.matches("[A-Za-z0-9*][A-Za-z0-9._*-]{0,62}")) {
            throw new IllegalArgumentException(key + ": '" + host + "' is no name of a host and no pattern of one");
        }
        if (ladder.isEmpty()) {
            throw new IllegalArgumentException(key + " must have at least one level");
        }
        Set<String> used = new HashSet<>();
        for (Level level : ladder) {
            for (String device : level.devices()) {
                String meant = isPattern(host) ? device : device.replace(HOST, host);
                if (!meant.contains(HOST) && !known.contains(meant)) {
                    throw new IllegalArgumentException(
                            key + " names '" + meant + "', and there is no such device in fencing.devices");
                }
                if (!used.add(meant)) {
                    throw new IllegalArgumentException(key + " names '" + meant + "' twice");
                }
            }
        }
    }

    /**
     * Whether each ladder can be climbed in that time: what its levels want for themselves, and one call of a device for
     * each attempt at a level that wants nothing. Called where the time is known, at the start.
     *
     * @param key the setting with the time, for the message
     * @throws IllegalArgumentException naming the ladder that takes longer
     */
    public void requireWithin(String key, Duration whole) {
        for (Map.Entry<String, List<Level>> entry : levels.entrySet()) {
            Duration needed = Duration.ZERO;
            String why = "";
            for (Level level : entry.getValue()) {
                if (restsOn(SelfFence.class, level, devices)) {
                    why = ", with a level of self-fence that waits for fencing.slot.bound-max (" + text(slot.boundMax())
                            + "),";
                }
                Duration own = level.deadline();
                needed = needed.plus(level.delayOrDefault()
                        .plus(own == null ? callTimeout : own)
                        .multipliedBy(level.attemptsOrDefault()));
            }
            if (needed.compareTo(whole) > 0) {
                throw new IllegalArgumentException("fencing.levels." + entry.getKey() + " takes up to " + text(needed)
                        + why + (why.isEmpty() ? ", " : " ") + "more than " + key + " (" + text(whole) + ")");
            }
        }
    }

    /**
     * The slot device on the shared storage, as this controller reads it. How long a host has to be silent is computed from what that
     * host says of its watchdog, with {@code drift} and {@code margin} from here.
     *
     * @param path the slot device, made with {@code holdfast slot create}; null (the default): none, and then nothing is known of slots
     * @param offset at which byte of {@code path} it begins, where it is a range of a block device: a multiple of 4096, 0 (the default) to 2^60. The
     *     same at every agent and controller
     * @param lookInterval how often all slots are read, 50 ms to 10 s, default 250 ms. Too short: load on the storage; too long: each count begins that much
     *     later. With {@code deadline} not longer than {@code membership.slot-time}
     * @param deadline for one access, 50 ms to 1 min, default 1 s. Too short: a slow storage counts as unreadable, and counts begin anew; too long: a
     *     storage that hangs is known so much later
     * @param drift how much faster one clock may run than another, as a share, 0 to 0.05, default 0.001
     * @param margin for what is not exact, the device's own tick and the time that a reset takes, 100 ms to 5 min, default 1 s
     * @param boundMax the longest that is waited for any host, 4 s to 1 h, default 10 s. A host whose times need longer is not proven by them, and a
     *     rehearsal says so, and the controller's log when the host first writes. A level of self-fence has this time and 2 s for the order and the
     *     looks, unless it has a deadline of its own
     * @param read who reads: {@code self} (the default) this controller, at {@code path}; {@code agents} an agent of a host that is heard, for a
     *     controller without the storage. What agents read tells an isolated host from a dead one, and proves nothing
     */
    public record Slot(
            @Nullable Path path,
            long offset,
            Duration lookInterval,
            Duration deadline,
            double drift,
            Duration margin,
            Duration boundMax,
            Read read) {

        /** Who reads the slots for this controller. */
        public enum Read {
            SELF,
            AGENTS
        }

        /** To write the order, to have it read by a host that lives, and to {@linkplain #looks look}. */
        private static final Duration ORDER_AND_LOOKS = Duration.ofSeconds(2);

        /** What a slot may be late by and not count as silent. */
        private static final Duration LATE = Duration.ofMillis(100);

        public Slot {
            requireRange("fencing.slot.look-interval", lookInterval, Duration.ofMillis(50), Duration.ofSeconds(10));
            requireRange("fencing.slot.deadline", deadline, Duration.ofMillis(50), Duration.ofMinutes(1));
            requireRange("fencing.slot.margin", margin, Duration.ofMillis(100), Duration.ofMinutes(5));
            requireRange("fencing.slot.bound-max", boundMax, Duration.ofSeconds(4), Duration.ofHours(1));
            if (!(drift >= 0 && drift <= 0.05)) {
                throw new IllegalArgumentException("fencing.slot.drift must be between 0 and 0.05, is " + drift);
            }
            SlotPlace.requireOffset("fencing.slot.offset", offset);
            if (offset != 0 && path == null) {
                throw new IllegalArgumentException("fencing.slot.offset is " + offset
                        + " and fencing.slot.path is missing: it is a place in a device");
            }
        }

        public static Slot defaults() {
            return new Slot(
                    null,
                    0,
                    Duration.ofMillis(250),
                    Duration.ofSeconds(1),
                    0.001,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(10),
                    Read.SELF);
        }

        /** Where the slot device is; null for none. */
        public @Nullable SlotPlace place() {
            return path == null ? null : new SlotPlace(path, offset);
        }

        /** @throws IllegalArgumentException if they are read by agents although this controller can do so */
        public void requireOneReader() {
            if (read == Read.AGENTS && path != null) {
                throw new IllegalArgumentException("fencing.slot.read is 'agents' and fencing.slot.path is " + path
                        + ": what agents read proves nothing, and a controller that can read the slots itself has to; remove"
                        + " one of the two");
            }
        }

        /** A longer time between two looks is a pause of this controller, and what it saw before says nothing. */
        public Duration gapMax() {
            return lookInterval.multipliedBy(4).plus(deadline);
        }

        /** From when on a slot with that interval counts as silent, so that its host's lease is looked at too. */
        public Duration silentAfter(Duration interval) {
            return interval.plus(lookInterval).plus(LATE);
        }

        /** From when on a heartbeat with that interval is late: three were missed. */
        public Duration lateAfter(Duration interval) {
            return interval.multipliedBy(3).plus(lookInterval);
        }

        /**
         * How much later than the bound this controller may know of it, by its looks alone. The slot's last change is seen at a look; at the
         * next one the slot counts as silent, and the lease is looked at from then on; that both were still for long enough is seen at a
         * third one. The order stands in two of them by then.
         */
        public Duration looks() {
            return lookInterval.multipliedBy(3).plus(LATE);
        }

        /** How long a level of self-fence has, unless it says something else. */
        public Duration levelTime() {
            return boundMax.plus(ORDER_AND_LOOKS);
        }

        /** The level with the time that it needs, which is no share of what others leave. */
        private Level timed(String key, Level level) {
            Duration own = level.deadline();
            if (own != null && own.compareTo(boundMax) < 0) {
                throw new IllegalArgumentException(key + ": the deadline of a level of self-fence (" + text(own)
                        + ") must not be below fencing.slot.bound-max (" + text(boundMax)
                        + "): it would end before the host has certainly stopped");
            }
            Duration whole = own == null ? levelTime() : own;
            Duration needed = boundMax.plus(looks());
            if (whole.compareTo(needed) < 0) {
                throw new IllegalArgumentException(key + ": the deadline of a level of self-fence (" + text(whole)
                        + (own == null ? ", fencing.slot.bound-max and " + text(ORDER_AND_LOOKS) : "")
                        + ") must not be below " + text(needed) + ", fencing.slot.bound-max (" + text(boundMax)
                        + ") and three times fencing.slot.look-interval (" + text(lookInterval)
                        + "): it would end before this controller has looked often enough; shorten look-interval, or give the"
                        + " level a longer deadline");
            }
            return new Level(level.devices(), level.attempts(), level.delay(), whole);
        }
    }

    /**
     * One level.
     *
     * @param devices names in {@code fencing.devices}, one to eight; {@code {host}} in a name stands for the host's. With
     *     several, the host is isolated when all of them read off: list every outlet that feeds it
     * @param attempts how often this level is tried before the next one is, 1 to 10, default 1
     * @param delay waited before each attempt, at most 1 min, default none. For the side that shall lose where two deployments would
     *     shoot each other: before the levels of the other side's hosts. Too short: both shoot; too long: each fence of these hosts
     *     takes so much longer
     * @param deadline for one attempt with all of its devices, 1 s to 5 min; by default what the other levels leave of
     *     {@code recovery.fence-deadline} is shared equally. Too short: a host that takes seconds to lose power counts as
     *     not fenced; too long: a dead device holds up the next level
     */
    public record Level(
            List<String> devices,
            @Nullable Integer attempts,
            @Nullable Duration delay,
            @Nullable Duration deadline) {

        public Level {
            devices = List.copyOf(devices);
            if (devices.isEmpty() || devices.size() > 8) {
                throw new IllegalArgumentException(
                        "fencing.levels.*.devices must name 1 to 8 devices, names " + devices.size());
            }
            if (attempts != null && (attempts < 1 || attempts > 10)) {
                throw new IllegalArgumentException(
                        "fencing.levels.*.attempts must be between 1 and 10, is " + attempts);
            }
            if (delay != null) {
                requireRange("fencing.levels.*.delay", delay, Duration.ZERO, Duration.ofMinutes(1));
            }
            if (deadline != null) {
                requireRange("fencing.levels.*.deadline", deadline, Duration.ofSeconds(1), Duration.ofMinutes(5));
            }
        }

        public int attemptsOrDefault() {
            return attempts == null ? 1 : attempts;
        }

        public Duration delayOrDefault() {
            return delay == null ? Duration.ZERO : delay;
        }
    }

    /**
     * One device, and how to log in: a management controller, an outlet of a power distribution unit that is switched and
     * read, or whatever a fence agent speaks to. The key {@code type} says which of the kinds it is; each kind has keys of
     * its own.
     */
    public sealed interface Device {

        /** What a device is whose settings do not say: there was a time when nothing else existed. */
        static Class<? extends Record> kindByDefault() {
            return Ipmi.class;
        }
    }

    /** The session's privilege. */
    public enum Privilege {
        /** Enough for power control on most controllers, and all that should be granted. */
        OPERATOR,
        /** For controllers that want it. */
        ADMINISTRATOR
    }

    /**
     * {@code type: ipmi}, IPMI 2.0 over RMCP+: a BMC, a chassis manager, or whatever presents an outlet as a chassis.
     *
     * @param address IP address, or a name; an address is better, because a name must be resolved at the worst moment
     * @param port UDP port, 1 to 65535, default 623
     * @param user 1 to 16 bytes in UTF-8, IPMI's limit
     * @param passwordFile text file whose first line is the password (1 to 20 bytes, IPMI 2.0's limit); refused unless
     *     only its owner (and group, read-only) may read it. Read once, at start
     * @param bmcKeyFile text file whose first line is the controller's own key, K_g: 1 to 20 bytes of text, or {@code 0x} and
     *     up to 40 hexadecimal digits; kept like the password. Default none, which is right unless somebody set a key
     *     on the controller
     * @param cipherSuite 3 (SHA-1) or 17 (SHA-256), default 3, because every controller can do it; set 17 where the
     *     controller offers it
     * @param privilege default {@code operator}
     */
    public record Ipmi(
            String address,
            @Nullable Integer port,
            String user,
            SecretFile passwordFile,
            @Nullable SecretFile bmcKeyFile,
            @Nullable Integer cipherSuite,
            @Nullable Privilege privilege)
            implements Device {

        public Ipmi {
            requireAddress(address);
            requirePort(port);
            if (user.isBlank() || user.getBytes(StandardCharsets.UTF_8).length > 16) {
                throw new IllegalArgumentException("fencing.devices.*.user must have 1 to 16 bytes, is '" + user + "'");
            }
            if (cipherSuite != null && cipherSuite != 3 && cipherSuite != 17) {
                throw new IllegalArgumentException("fencing.devices.*.cipher-suite must be 3 or 17, is " + cipherSuite);
            }
        }

        public int portOrDefault() {
            return port == null ? 623 : port;
        }

        public int cipherSuiteOrDefault() {
            return cipherSuite == null ? 3 : cipherSuite;
        }

        public Privilege privilegeOrDefault() {
            return privilege == null ? Privilege.OPERATOR : privilege;
        }
    }

    /** How a Redfish device is logged in to. */
    public enum Login {
        /** A session of the Redfish service, which is deleted after use; the password is sent once. */
        SESSION,
        /** HTTP basic authentication with each request, for services without sessions or with too few of them. */
        BASIC
    }

    /**
     * {@code type: redfish}, the management controller's HTTPS service. Who it is must be known beforehand: exactly one of
     * {@code certificate-sha256} and {@code ca-file} is required, because a service that nobody checked could say "off"
     * about a host that runs.
     *
     * @param address IP address, or a name; an address is better, because a name must be resolved at the worst moment
     * @param port TCP port, 1 to 65535, default 443
     * @param user 1 to 64 characters without a colon
     * @param passwordFile text file whose first line is the password (1 to 256 bytes); refused unless only its owner (and
     *     group, read-only) may read it. Read once, at start
     * @param certificateSha256 SHA-256 of the certificate that the device shows, 64 hexadecimal digits, with colons or
     *     without; then neither its name nor its dates matter. Default: none
     * @param caFile PEM file with the certificate authorities of which one has signed the device's certificate; its name or
     *     address must be {@code address}. Read once, at start. Default: none
     * @param system which of several systems behind one service is the host: the last part of its path, or the whole
     *     path. Default: the only one
     * @param login {@code session} or {@code basic}, default {@code session}
     */
    public record Redfish(
            String address,
            @Nullable Integer port,
            String user,
            SecretFile passwordFile,
            @Nullable String certificateSha256,
            @Nullable Path caFile,
            @Nullable String system,
            @Nullable Login login)
            implements Device {

        public Redfish {
            requireAddress(address);
            requireHost(bracketed(address));
            requirePort(port);
            if (user.isBlank() || user.length() > 64 || user.contains(":")) {
                throw new IllegalArgumentException(
                        "fencing.devices.*.user must have 1 to 64 characters without a colon, is '" + user + "'");
            }
            if ((certificateSha256 == null) == (caFile == null)) {
                throw new IllegalArgumentException("fencing.devices.* of type redfish needs exactly one of"
                        + " certificate-sha256 and ca-file, has " + (caFile == null ? "none" : "both"));
            }
            if (certificateSha256 != null) {
                String digits = certificateSha256.replace(":", "").toLowerCase(Locale.ROOT);
                if (!digits.matches("[0-9a-f]{64}")) {
                    throw new IllegalArgumentException("fencing.devices.*.certificate-sha256 must be 64 hexadecimal"
                            + " digits, is '" + certificateSha256 + "'");
                }
                certificateSha256 = digits;
            }
            if (system != null && system.isBlank()) {
                throw new IllegalArgumentException("fencing.devices.*.system must not be empty");
            }
        }

        public int portOrDefault() {
            return port == null ? 443 : port;
        }

        /** Address and port as they stand in a URL. */
        public String authority() {
            return bracketed(address) + ":" + portOrDefault();
        }

        public Login loginOrDefault() {
            return login == null ? Login.SESSION : login;
        }
    }

    /**
     * {@code type: agent}, a program that follows the fence agents' protocol and is run for each question and order.
     *
     * @param agent name of the program, {@code fence_} and what follows
     * @param options what the program is told, by the names of its parameters; {@code action} is ours to say
     * @param secrets parameters whose value is a secret, each with the text file whose first line is the value; refused
     *     unless only its owner (and group, read-only) may read it. Read once, at start
     */
    public record Agent(String agent, Map<String, String> options, Map<String, SecretFile> secrets) implements Device {

        public Agent {
            options = Map.copyOf(options);
            secrets = Map.copyOf(secrets);
            if (!agent.matches("fence_[a-z0-9_]{1,60}")) {
                throw new IllegalArgumentException(
                        "fencing.devices.*.agent must be the name of a fence agent, fence_ and small letters, is '"
                                + agent + "'");
            }
            Set<String> names = new TreeSet<>(options.keySet());
            names.addAll(secrets.keySet());
            for (String name : names) {
                if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,60}") || name.equals("action")) {
                    throw new IllegalArgumentException(
                            "fencing.devices.*.options and .secrets: '" + name + "' is no parameter that may be set");
                }
                if (options.containsKey(name) && secrets.containsKey(name)) {
                    throw new IllegalArgumentException(
                            "fencing.devices.*.options." + name + " is among the secrets too; remove one of the two");
                }
                if (options.containsKey(name) && AgentOptions.secret(name)) {
                    throw new IllegalArgumentException("fencing.devices.*.options." + name
                            + " is a secret; write it into a file and name that under secrets");
                }
                String value = options.getOrDefault(name, "");
                if (value.chars().anyMatch(Character::isISOControl)) {
                    throw new IllegalArgumentException(
                            "fencing.devices.*.options." + name + " must be one line without control characters");
                }
            }
        }
    }

    /**
     * {@code type: self-fence}, one device for all hosts: tells the host by its storage slot to stop itself, and proves when its armed
     * watchdog has certainly done so. Rests on {@code fencing.slot} and on {@code self-fence.mode: watchdog} at the hosts, and belongs
     * behind the levels that cut power, which are quicker. Has no further keys.
     */
    public record SelfFence() implements Device {}

    /**
     * {@code type: kdump}, one device for all hosts: proves that nothing runs on a host when, after the host was condemned, a message of its
     * crashed kernel arrives ({@code fence_kdump_send}). Cuts nothing, so the dump is written to its end. Rests on {@code fencing.kdump}, and
     * <strong>believes whoever can send in a host's name</strong>: only for a network that nobody else can send on. Belongs before the levels that cut
     * power; a level with it has 15 s unless it says otherwise, because the sender repeats its message every 10 s. Has no further keys.
     */
    public record Kdump() implements Device {}

    /**
     * Where the programs of fence agents are found and as whom they run.
     *
     * @param directories looked through in this order, default {@code /usr/sbin} and {@code /sbin}. No agent is run from
     *     anywhere else, nor one that others than its owner may change
     * @param user the account that agents run as, by default the controller's own. Another one needs a controller that runs
     *     as root
     * @param group the group that agents run with, only together with {@code user}; by default the one with the user's name
     * @param secretsInArguments what is done about a device whose agent hands a secret to another program as an argument, where
     *     every user of the machine can read it while that program runs: {@code refuse} (the default), or {@code allow}
     */
    public record Agents(
            List<Path> directories,
            @Nullable String user,
            @Nullable String group,
            SecretsInArguments secretsInArguments) {

        /** What is done about an agent that shows a secret in the list of processes. */
        public enum SecretsInArguments {
            REFUSE,
            ALLOW
        }

        public Agents {
            directories = List.copyOf(directories);
            if (directories.isEmpty() || !directories.stream().allMatch(Path::isAbsolute)) {
                throw new IllegalArgumentException(
                        "fencing.agents.directories must name absolute directories, names " + directories);
            }
            requireAccount("user", user);
            requireAccount("group", group);
            if (group != null && user == null) {
                throw new IllegalArgumentException("fencing.agents.group has no meaning without fencing.agents.user");
            }
        }

        public static Agents defaults() {
            return new Agents(List.of(Path.of("/usr/sbin"), Path.of("/sbin")), null, null, SecretsInArguments.REFUSE);
        }

        public @Nullable String groupOrDefault() {
            return group == null ? user : group;
        }

        private static void requireAccount(String key, @Nullable String name) {
            if (name != null && !name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")) {
                throw new IllegalArgumentException("fencing.agents." + key + " must be a name, is '" + name + "'");
            }
        }
    }

    private static void requireAddress(String address) {
        if (address.isBlank()) {
            throw new IllegalArgumentException("fencing.devices.*.address must not be empty");
        }
        if (!address.matches("[A-Za-z0-9._:%-]+")) {
            throw new IllegalArgumentException(
                    "fencing.devices.*.address must be an IP address or a name, is '" + address + "'");
        }
    }

    private static String bracketed(String address) {
        return address.contains(":") ? "[" + address + "]" : address;
    }

    /** What may stand in a URL is less than what may be a name elsewhere; an underscore is the usual mistake. */
    private static void requireHost(String host) {
        try {
            if (new URI("https://" + host + ":443/").getHost() != null) {
                return;
            }
        } catch (URISyntaxException e) {
            // Told below, in words about the setting.
        }
        throw new IllegalArgumentException(
                "fencing.devices.*.address must be an IP address or a name of letters, digits, dots and hyphens, is '"
                        + host + "'");
    }

    private static void requirePort(@Nullable Integer port) {
        if (port != null && (port < 1 || port > 65535)) {
            throw new IllegalArgumentException("fencing.devices.*.port must be between 1 and 65535, is " + port);
        }
    }

    private static void requireRange(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    key + " must be between " + text(min) + " and " + text(max) + ", is " + text(value));
        }
    }

    static String text(Duration value) {
        long millis = value.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
