package io.holdfast.server.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A table for people that never is wider than the terminal.
 *
 * <p>When it would be, the widest columns that may shrink give way first, down to what still tells something; ids are
 * rigid, because half an id is no use. Only when even that is not enough are all columns cut. The last column is not
 * padded, so lines have no trailing blanks.
 */
final class Table {

    private static final int GAP = 2;
    private static final int FLEXIBLE_MIN = 8;

    private final List<String> titles = new ArrayList<>();
    private final List<Boolean> rigid = new ArrayList<>();
    private final List<String[]> rows = new ArrayList<>();
    private final Set<Integer> alarms = new HashSet<>();

    /** A column that may be shortened. */
    Table column(String title) {
        titles.add(title);
        rigid.add(false);
        return this;
    }

    /** A column that is shortened only if nothing else helps: ids, states, numbers. */
    Table rigid(String title) {
        titles.add(title);
        rigid.add(true);
        return this;
    }

    void row(String... cells) {
        if (cells.length != titles.size()) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells in a table of " + titles.size());
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> cell.isEmpty() ? "-" : Text.visible(cell))
                .toArray(String[]::new));
    }

    /** The last row is written in red, if the terminal has colours. */
    void alarm(Terminal terminal) {
        if (terminal.colours()) {
            alarms.add(rows.size() - 1);
        }
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void print(PrintWriter out, int terminalWidth) {
        int[] widths = widths(terminalWidth);
        out.println(line(titles.toArray(String[]::new), widths));
        for (int i = 0; i < rows.size(); i++) {
            String line = line(rows.get(i), widths);
            out.println(alarms.contains(i) ? Text.red(line) : line);
        }
    }

    private int[] widths(int terminalWidth) {
        int[] widths = new int[titles.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Text.width(titles.get(i));
            for (String[] row : rows) {
                widths[i] = Math.max(widths[i], Text.width(row[i]));
            }
        }
        int available = terminalWidth - GAP * (widths.length - 1);
        shrink(widths, available, false, FLEXIBLE_MIN);
        shrink(widths, available, true, FLEXIBLE_MIN);
        shrink(widths, available, true, 1);
        return widths;
    }

    private void shrink(int[] widths, int available, boolean alsoRigid, int least) {
        while (Arrays.stream(widths).sum() > available) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                boolean may = (alsoRigid || !rigid.get(i)) && widths[i] > least;
                if (may && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return;
            }
            widths[widest]--;
        }
    }

    private static String line(String[] cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String cell = Text.fitted(cells[i], widths[i]);
            line.append(i == cells.length - 1 ? cell : Text.padded(cell, widths[i] + GAP));
        }
        return line.toString().stripTrailing();
    }
}
