package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.agents.FenceAgents;
import io.holdfast.fencing.agents.core.AgentFitness;
import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import io.holdfast.fencing.agents.core.AgentOptions;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** How a fence agent is shown to somebody who wants to configure a device with it. */
final class AgentView {

    private static final int NAME_COLUMNS = 24;
    private static final int TYPE_COLUMNS = 9;
    private static final int REQUIRED_COLUMNS = 10;
    private static final String UNDER = "    ";

    private final AgentMetadata agent;
    private final String name;
    private final List<Parameter> options;

    AgentView(AgentMetadata agent, String name) {
        this.agent = agent;
        this.name = name;
        this.options =
                agent.parameters().stream().filter(AgentOptions::configurable).toList();
    }

    static String summaryOf(FenceAgents.Installed installed) {
        AgentMetadata metadata = installed.metadata();
        return metadata == null ? "" : metadata.summary();
    }

    static ObjectNode summary(FenceAgents.Installed installed) {
        return Client.object()
                .put("name", installed.name())
                .put("program", installed.program().toString())
                .put("usable", installed.trouble().isEmpty())
                .put("description", summaryOf(installed))
                .put("trouble", installed.trouble());
    }

    ObjectNode json() {
        ObjectNode shown = Client.object()
                .put("name", name)
                .put("summary", agent.summary())
                .put("description", agent.description())
                .put("usable", AgentFitness.unfit(agent).isEmpty())
                .put("trouble", AgentFitness.unfit(agent).orElse(""))
                .put("caution", AgentFitness.note(agent).orElse(""));
        ArrayNode actions = shown.putArray("actions");
        agent.actions().forEach(each -> actions.add(each.name()));
        ArrayNode list = shown.putArray("options");
        for (Parameter each : options) {
            ObjectNode option = list.addObject()
                    .put("name", each.name())
                    .put("type", type(each))
                    .put("required", each.required())
                    .put("secret", AgentOptions.secret(each.name()))
                    .put("default", each.byDefault())
                    .put("description", each.description());
            ArrayNode choices = option.putArray("choices");
            each.choices().forEach(choices::add);
        }
        return shown;
    }

    void print(Client client, PrintWriter out) {
        client.paragraph("", Text.visible(name + ": " + agent.summary()), out);
        if (!agent.description().isEmpty() && !agent.description().equals(agent.name())) {
            out.println();
            client.paragraph("", Text.visible(agent.description()), out);
        }
        AgentFitness.unfit(agent).ifPresent(why -> {
            out.println();
            client.paragraph("", "No host can be fenced with it: it " + why + ".", out);
        });
        AgentFitness.note(agent).ifPresent(what -> {
            out.println();
            client.paragraph("", "Note: it " + what + ".", out);
        });
        out.println();
        out.println(Text.padded("OPTION", NAME_COLUMNS) + Text.padded("TYPE", TYPE_COLUMNS)
                + Text.padded("REQUIRED", REQUIRED_COLUMNS) + "DEFAULT");
        for (Parameter each : options) {
            printOption(each, client, out);
        }
        if (AgentFitness.unfit(agent).isEmpty()) {
            printSample(out);
        }
    }

    private void printOption(Parameter option, Client client, PrintWriter out) {
        String head = Text.padded(option.name(), NAME_COLUMNS - 1) + " " + Text.padded(type(option), TYPE_COLUMNS)
                + Text.padded(option.required() ? "yes" : "no", REQUIRED_COLUMNS);
        String byDefault = option.byDefault();
        client.paragraph(head, byDefault == null || byDefault.isEmpty() ? "-" : Text.visible(byDefault), out);
        String said = option.description();
        String choices = option.choices().isEmpty() ? "" : " One of: " + String.join(", ", option.choices()) + ".";
        String where = AgentOptions.secret(option.name()) ? " A secret: goes under 'secrets', as a file." : "";
        String sentence = said.isEmpty() || said.endsWith(".") ? said : said + ".";
        client.paragraph(UNDER, Text.visible((sentence + choices + where).strip()), out);
    }

    /** What has to be filled in, in the form in which it is written down. */
    private void printSample(PrintWriter out) {
        String required = options.stream()
                .filter(each -> each.required() && !AgentOptions.secret(each.name()))
                .map(each -> each.name() + ": ...")
                .collect(Collectors.joining(", "));
        out.println();
        out.println("In the controller's settings, under fencing.devices:");
        out.println();
        out.println("  HOST:");
        out.println("    type: agent");
        out.println("    agent: " + name);
        out.println("    options: {" + required + "}");
        options.stream()
                .filter(each -> AgentOptions.secret(each.name()))
                .findFirst()
                .ifPresent(each -> out.println("    secrets: {" + each.name() + ": FILE}"));
    }

    private static String type(Parameter parameter) {
        return switch (parameter.type()) {
            case STRING -> "text";
            case INTEGER -> "number";
            case SECOND -> "seconds";
            case BOOLEAN -> "boolean";
            case SELECT -> "choice";
        };
    }
}
