package io.holdfast.chaos.scenario;

import java.io.StringReader;
import java.util.HashMap;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * In which line of a YAML file something stands, by its path ({@code instances.vm1.on}, {@code order[0][1]}).
 *
 * <p>The records that the loader makes have forgotten their lines, and a mistake that only shows when two files are laid
 * side by side needs them.
 */
final class YamlLines {

    private final Map<String, Integer> lines = new HashMap<>();

    private YamlLines() {}

    /** Of a text that the loader has accepted already. */
    static YamlLines of(String text) {
        YamlLines found = new YamlLines();
        Node root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
        if (root != null) {
            found.walk("", root);
        }
        return found;
    }

    private void walk(String path, Node node) {
        lines.putIfAbsent(path, node.getStartMark().getLine() + 1);
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key) {
                    String below = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
                    lines.putIfAbsent(below, key.getStartMark().getLine() + 1);
                    walk(below, tuple.getValueNode());
                }
            }
        } else if (node instanceof SequenceNode sequence) {
            for (int i = 0; i < sequence.getValue().size(); i++) {
                walk(path + "[" + i + "]", sequence.getValue().get(i));
            }
        }
    }

    /** The line of this path, or of the nearest thing around it that is in the file. */
    int line(String path) {
        String at = path;
        while (!at.isEmpty()) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            int cut = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
            at = cut < 0 ? "" : at.substring(0, cut);
        }
        return 1;
    }
}
