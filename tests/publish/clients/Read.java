import java.io.PrintStream;
import java.math.BigDecimal;
import java.sql.*;
import java.time.LocalDate;
import java.util.StringJoiner;

/** Run one query as a province would from Java, each column read as its own type, and print what came. */
class Read {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        try (Connection connection = DriverManager.getConnection(arguments[0], arguments[1], arguments[2]);
                ResultSet row = connection.createStatement().executeQuery(arguments[3])) {
            ResultSetMetaData columns = row.getMetaData();
            while (row.next()) {
                StringJoiner line = new StringJoiner("|");
                for (int n = 1; n <= columns.getColumnCount(); n++) {
                    Object value = switch (columns.getColumnType(n)) {
                        case Types.DATE -> row.getObject(n, LocalDate.class);
                        case Types.NUMERIC -> row.getObject(n, BigDecimal.class);
                        case Types.BIGINT -> row.getObject(n, Long.class);
                        default -> row.getObject(n);
                    };
                    line.add(value == null ? "" : value.toString());
                }
                out.println(line);
            }
        }
    }
}
