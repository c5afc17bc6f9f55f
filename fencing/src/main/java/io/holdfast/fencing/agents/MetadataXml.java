package io.holdfast.fencing.agents;

import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.agents.core.AgentMetadata.Action;
import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import io.holdfast.fencing.agents.core.AgentMetadata.ValueType;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads the XML in which agents describe themselves.
 *
 * <p>An agent is a foreign program, so its XML is read like a stranger's: no document type, so no entities, internal or
 * external; limited in size, depth and number of parts. What the schema has and we do not need is skipped.
 *
 * <p>Source: {@code lib/metadata.rng} of ClusterLabs' fence-agents.
 */
final class MetadataXml {

    static final int CHARACTERS_MAX = 256 * 1024;
    private static final int DEPTH_MAX = 16;
    private static final int PARTS_MAX = 1000;

    /** What is wrong with it, for people. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String why, @Nullable Throwable cause) {
            super(why, cause);
        }
    }

    private final Deque<String> open = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    private final List<String> choices = new ArrayList<>();
    private String name = "";
    private String summary = "";
    private String description = "";
    private @Nullable Parameter current;
    private ValueType type = ValueType.STRING;
    private @Nullable String byDefault;
    private String said = "";

    private MetadataXml() {}

    static AgentMetadata read(String xml) throws Unreadable {
        if (xml.length() > CHARACTERS_MAX) {
            throw new Unreadable("longer than " + CHARACTERS_MAX + " characters", null);
        }
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml.strip()));
            return new MetadataXml().document(reader);
        } catch (XMLStreamException e) {
            throw new Unreadable("no XML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
        }
    }

    private AgentMetadata document(XMLStreamReader reader) throws XMLStreamException, Unreadable {
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new Unreadable("it has a document type or entities of its own, which no agent needs", null);
                case XMLStreamConstants.START_ELEMENT -> begin(reader);
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> end(reader.getLocalName());
                default -> {}
            }
        }
        if (name.isEmpty()) {
            throw new Unreadable("it is not the description of an agent", null);
        }
        return new AgentMetadata(name, summary, description, parameters, actions);
    }

    private void begin(XMLStreamReader reader) throws Unreadable {
        String element = reader.getLocalName();
        if (open.isEmpty() && !element.equals("resource-agent")) {
            throw new Unreadable("it begins with <" + element + "> instead of <resource-agent>", null);
        }
        open.push(element);
        if (open.size() > DEPTH_MAX || parameters.size() + actions.size() + choices.size() > PARTS_MAX) {
            throw new Unreadable("it is too deep or has too many parts", null);
        }
        text.setLength(0);
        switch (element) {
            case "resource-agent" -> {
                name = attribute(reader, "name", "");
                summary = tidy(attribute(reader, "shortdesc", ""));
            }
            case "parameter" -> {
                current = new Parameter(
                        named(attribute(reader, "name", "")),
                        ValueType.STRING,
                        yes(attribute(reader, "required", "0")),
                        null,
                        List.of(),
                        "",
                        yes(attribute(reader, "deprecated", "0")),
                        reader.getAttributeValue(null, "obsoletes"));
                type = ValueType.STRING;
                byDefault = null;
                said = "";
                choices.clear();
            }
            case "content" -> {
                type = type(attribute(reader, "type", "string"));
                byDefault = reader.getAttributeValue(null, "default");
            }
            case "option" -> choices.add(attribute(reader, "value", ""));
            case "action" ->
                actions.add(new Action(
                        attribute(reader, "name", ""),
                        yes(attribute(reader, "automatic", "0")) || yes(attribute(reader, "on_target", "0"))));
            default -> {}
        }
    }

    private void end(String element) {
        open.pop();
        switch (element) {
            case "shortdesc" -> {
                if (current != null) {
                    said = tidy(text.toString());
                }
            }
            case "longdesc" -> {
                if (current == null) {
                    description = tidy(text.toString());
                }
            }
            case "parameter" -> {
                if (current != null) {
                    parameters.add(new Parameter(
                            current.name(),
                            choices.isEmpty() ? type : ValueType.SELECT,
                            current.required(),
                            byDefault,
                            choices,
                            said,
                            current.deprecated(),
                            current.replaces()));
                }
                current = null;
            }
            default -> {}
        }
        text.setLength(0);
    }

    private static String attribute(XMLStreamReader reader, String name, String otherwise) {
        String value = reader.getAttributeValue(null, name);
        return value == null ? otherwise : value;
    }

    private static String named(String name) throws Unreadable {
        if (!name.matches("[A-Za-z][A-Za-z0-9_.-]{0,63}")) {
            throw new Unreadable("it has a parameter with an impossible name", null);
        }
        return name;
    }

    private static boolean yes(String value) {
        return value.equals("1") || value.equalsIgnoreCase("true");
    }

    /** A type of which we do not know what it allows allows everything; the agent itself still looks. */
    private static ValueType type(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "boolean" -> ValueType.BOOLEAN;
            case "integer" -> ValueType.INTEGER;
            case "second", "time" -> ValueType.SECOND;
            default -> ValueType.STRING;
        };
    }

    private static String tidy(String text) {
        return text.replaceAll("\\p{C}", " ").replaceAll("\\s+", " ").strip();
    }
}
