raise TypeError("no database")
