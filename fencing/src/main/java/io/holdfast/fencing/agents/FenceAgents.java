package io.holdfast.fencing.agents;

import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.agents.core.AgentAction;
import io.holdfast.fencing.agents.core.AgentAnswer;
import io.holdfast.fencing.agents.core.AgentArguments;
import io.holdfast.fencing.agents.core.AgentCall;
import io.holdfast.fencing.agents.core.AgentFitness;
import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.agents.core.AgentOptions;
import io.holdfast.fencing.agents.core.AgentRun;
import io.holdfast.fencing.agents.core.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fence agents of this machine: which there are, what they say of themselves, and the devices that are made of them.
 *
 * <p>Any thread may call; an agent's metadata is asked for once and kept, for as long as this object lives.
 */
public final class FenceAgents {

    private static final Logger LOG = LoggerFactory.getLogger(FenceAgents.class);

    /** A cold interpreter with large libraries takes two seconds, and on a busy machine several times that. */
    private static final Duration METADATA_LIMIT = Duration.ofSeconds(20);

    private final AgentPrograms programs;
    private final FencingSettings.Agents rules;
    private final Map<String, AgentMetadata> known = new TreeMap<>();
    private @Nullable AgentRunner runner;

    public FenceAgents(FencingSettings.Agents rules) {
        this.programs = new AgentPrograms(rules.directories());
        this.rules = rules;
    }

    /**
     * One program that was found.
     *
     * @param metadata null if it does not describe itself
     * @param trouble why not, or why no host may be fenced with it; empty if all is well
     */
    public record Installed(
            String name, Path program, @Nullable AgentMetadata metadata, String trouble) {}

    /**
     * All programs in the configured directories, in the order of their names. Runs each one once, a few at a time.
     *
     * @throws FencingException if a directory cannot be read, or this machine can run none
     */
    public List<Installed> installed() {
        SortedMap<String, Path> found = programs.installed();
        runner();
        List<Installed> all = new ArrayList<>();
        try (ExecutorService some =
                Executors.newFixedThreadPool(Math.max(2, Runtime.getRuntime().availableProcessors()))) {
            List<Future<Installed>> asked = found.entrySet().stream()
                    .map(each -> some.submit(() -> described(each.getKey(), each.getValue())))
                    .toList();
            for (Future<Installed> each : asked) {
                all.add(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FencingException("interrupted while fence agents were asked what they are", e);
        }
        return all;
    }

    private Installed described(String name, Path program) {
        try {
            AgentMetadata metadata = metadata(name);
            return new Installed(
                    name, program, metadata, AgentFitness.unfit(metadata).orElse(""));
        } catch (FencingException e) {
            return new Installed(name, program, null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * What an agent says of itself.
     *
     * @throws FencingException if it is not there, may not be run, or says nothing that can be read
     */
    public AgentMetadata metadata(String name) {
        synchronized (known) {
            AgentMetadata before = known.get(name);
            if (before != null) {
                return before;
            }
        }
        Path program = programs.find(name);
        AgentRun run =
                runner().run(program, AgentCall.of(AgentAction.METADATA, Map.of(), Secrets.none()), METADATA_LIMIT);
        AgentAnswer answer = AgentAnswer.order(run, Secrets.none());
        if (answer.trouble() != null) {
            throw new FencingException("fence agent " + program + " does not describe itself: " + answer.text());
        }
        try {
            AgentMetadata metadata = MetadataXml.read(run.out());
            synchronized (known) {
                known.put(name, metadata);
            }
            return metadata;
        } catch (MetadataXml.Unreadable e) {
            throw new FencingException(
                    "fence agent " + program + " describes itself in a way that cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * A device made of an agent. Asks the agent what it is and whether it understands the options; speaks to no device.
     *
     * @param name the device's name in {@code fencing.devices}
     * @param secrets values of the parameters that the settings keep in files
     * @throws FencingException with every mistake in the options, or why the agent will not do; never with a secret
     */
    public AgentDevice device(String name, FencingSettings.Agent settings, Map<String, String> secrets) {
        String key = "fencing.devices." + name;
        AgentMetadata metadata;
        try {
            metadata = metadata(settings.agent());
        } catch (FencingException e) {
            throw new FencingException(key + ".agent: " + e.getMessage(), e);
        }
        AgentFitness.unfit(metadata).ifPresent(why -> {
            throw new FencingException(
                    key + ".agent: " + settings.agent() + " " + why + "; no host can be proven off with it");
        });
        Secrets hidden = new Secrets(secrets);
        List<String> problems = AgentOptions.problems(metadata, settings.options(), hidden);
        if (!problems.isEmpty()) {
            throw new FencingException(String.join(
                    "\n", problems.stream().map(each -> key + "." + each).toList()));
        }
        requireHidden(key, metadata, secrets.keySet());
        AgentFitness.caution(metadata, settings.options())
                .ifPresent(what -> LOG.warn("fence device {}: {} {}", name, settings.agent(), what));
        return new AgentDevice(
                settings.agent() + " " + name,
                programs.find(settings.agent()),
                metadata,
                settings.options(),
                hidden,
                runner());
    }

    private void requireHidden(String key, AgentMetadata agent, Set<String> secrets) {
        Set<String> exposed = AgentArguments.exposed(agent, secrets);
        if (exposed.isEmpty()) {
            return;
        }
        String what = agent.name() + " hands " + String.join(", ", exposed)
                + " to another program as an argument, where every user of this machine can read it";
        switch (rules.secretsInArguments()) {
            case ALLOW -> LOG.warn("{}: {}", key, what);
            case REFUSE ->
                throw new FencingException(key + ".secrets: " + what
                        + "; use a device of another type (type: ipmi for a BMC), or accept that"
                        + " with fencing.agents.secrets-in-arguments: allow");
        }
    }

    private synchronized AgentRunner runner() {
        AgentRunner made = runner;
        if (made == null) {
            List<Path> missing = AgentRunner.missing();
            if (!missing.isEmpty()) {
                throw new FencingException("fence agents cannot be run without " + missing
                        + "; on Debian they are in the package util-linux");
            }
            made = new AgentRunner(new Posix(), rules);
            runner = made;
        }
        return made;
    }
}
